/** How long ago something was. */

import { DAY_MS, HOUR_MS, MINUTE_MS } from "../shared/time_units.js";
import RULES from "../../rules.json" with { type: "json" };

/** @typedef {import("../shared/translate.js").Translate} Translate */

export const MOVED_MS = 5 * MINUTE_MS; // by then an e-bike is two kilometres on
export const FRESH_MS = RULES.fresh_ms; // what is older is marked so, and requested again

/**
 * Say how long ago a moment was, in the largest unit that is not too coarse.
 * @param {Translate} translate
 * @param {number} age ms
 */
export function ago(translate, age) {
  if (age < HOUR_MS) return translate("age.minutes", { count: Math.floor(age / MINUTE_MS) });
  if (age < 2 * DAY_MS) return translate("age.hours", { count: Math.floor(age / HOUR_MS) });
  return translate("age.days", { count: Math.floor(age / DAY_MS) });
}

/**
 * Say how long ago the data left the server; nothing while it is fresh.
 * @param {Translate} translate
 * @param {number} fetchedAt Unix ms
 * @param {number} atMs
 */
export function dataAge(translate, fetchedAt, atMs) {
  const age = atMs - fetchedAt;
  return age < FRESH_MS ? "" : translate("age.data", { ago: ago(translate, age) });
}

/**
 * Say how long ago the rider was at a point; nothing where they may still be there, or only named it.
 * @param {Translate} translate
 * @param {import("../finder/origin_picker.js").Origin} point
 * @param {number} atMs
 */
export function pastOf(translate, { fix }, atMs) {
  const age = fix ? atMs - fix.atMs : 0;
  return age > MOVED_MS ? translate("where.past", { ago: ago(translate, age - (age % MOVED_MS)) }) : "";
}
