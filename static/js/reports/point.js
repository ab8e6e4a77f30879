/** Where a station really is, as far as a rider wants to say: where they stand, or a point they tap on the map. */

import { askForPoint, hasMap } from "./map_point.js";
import { locate } from "../rider/locate.js";
import { element } from "../shared/dom.js";

/** @typedef {[lon: number, lat: number]} Point WGS-84 */

const DECIMALS = 5; // a metre

/**
 * Return the ways to add a point; nothing is added without a tap.
 * @param {import("../shared/translate.js").Translate} translate
 * @param {{choose: (point: Point | undefined) => void, wait: () => void}} acts `wait`: the rider may need a while
 */
export function pointChoice(translate, { choose, wait }) {
  const said = element("p", { class: "quiet", role: "status" }, translate("report.point_help"));
  const here = choice(translate("report.point_here"), async () => {
    said.textContent = translate("where.locating");
    return take(await locate().catch(() => null), here, "station.not_located");
  });
  const onMap = choice(translate("report.point_map"), () => {
    wait();
    askForPoint(translate, (point) => take(point, onMap, "report.point_help"));
  });
  const buttons = hasMap() ? [here, onMap] : [here];
  /**
   * @param {{lon: number, lat: number} | null} place
   * @param {HTMLElement} by
   * @param {string} otherwise
   */
  function take(place, by, otherwise) {
    choose(place ? rounded(place) : undefined);
    for (const each of buttons) each.setAttribute("aria-pressed", String(each === by && place !== null));
    said.textContent = place
      ? translate("report.point_added", { lon: place.lon.toFixed(DECIMALS), lat: place.lat.toFixed(DECIMALS) })
      : translate(otherwise);
  }
  /**
   * Return a button that adds a point, or takes it out again.
   * @param {string} name
   * @param {() => unknown} act
   */
  function choice(name, act) {
    const made = element("button", { type: "button", class: "plain", "aria-pressed": "false" }, name);
    const isPressed = () => made.getAttribute("aria-pressed") === "true";
    made.addEventListener("click", () => (isPressed() ? take(null, made, "report.point_help") : void act()));
    return made;
  }
  return element("div", { class: "report-point" }, element("p", { class: "report-acts" }, ...buttons), said);
}

/**
 * @param {{lon: number, lat: number}} place
 * @returns {Point}
 */
function rounded({ lon, lat }) {
  return [Number(lon.toFixed(DECIMALS)), Number(lat.toFixed(DECIMALS))];
}
