/** A point that ways begin at, and how well it is known. */

import { pastOf } from "./data_age.js";
import { distanceText } from "../shared/status_text.js";

/**
 * @typedef {import("../shared/translate.js").Translate} Translate
 * @typedef {import("../finder/origin_picker.js").Origin} Origin
 */

const INACCURATE_M = 200;

/**
 * Return a fix of the device as a point to start from.
 * @param {Translate} translate
 * @param {import("./locate.js").Fix} fix
 * @returns {Origin}
 */
export function originOfFix(translate, fix) {
  const { lon, lat, accuracyM } = fix;
  const isRough = !(accuracyM <= INACCURATE_M); // nor where it is not told
  const isTold = Number.isFinite(accuracyM);
  const rough = () =>
    translate(isTold ? "where.inaccurate" : "where.inaccurate_untold", {
      distance: distanceText(translate, accuracyM),
    });
  const note = isRough ? rough() : undefined;
  return { lon, lat, name: translate("where.my_location"), note, fix };
}

/**
 * Return what rows and pages say of ways from a point: whether it is one the rider chose, the station whose own place it
 * is, how long ago the rider was there, where that is a while, and whether the ways are only about so long.
 * @param {Translate} translate
 * @param {Origin | null} point
 */
export function originContext(translate, point) {
  const past = point ? pastOf(translate, point, Date.now()) : "";
  const isRough = Boolean(point && (point.note || point.code || point.isRough || past));
  return { hasPoint: point !== null, named: point?.fix ? undefined : point?.id, past, isRough };
}
