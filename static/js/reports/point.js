/** Where a station really is, as far as a rider wants to say: where they stand, or a point they tap on the map. */

import { locate } from "../rider/locate.js";
import { element } from "../shared/dom.js";

/** @typedef {[lon: number, lat: number]} Point WGS-84 */

const DECIMALS = 5; // a metre

/**
 * Return the ways to add a point; nothing is added without a tap.
 * @param {import("../shared/translate.js").Translate} translate
 * @param {(point: Point | undefined) => void} choose
 */
export function pointChoice(translate, choose) {
  const said = element("p", { class: "quiet", role: "status" }, translate("report.point_help"));
  const here = /** @type {HTMLButtonElement} */ (
    element("button", { type: "button", class: "plain", "aria-pressed": "false" }, translate("report.point_here"))
  );
  let isChosen = false;
  here.addEventListener("click", async () => {
    let isFailed = false;
    if (isChosen) choose(undefined);
    else {
      said.textContent = translate("where.locating");
      const fix = await locate().catch(() => null);
      if (fix) choose(rounded(fix));
      isFailed = !fix;
    }
    isChosen = !isChosen && !isFailed;
    here.setAttribute("aria-pressed", String(isChosen));
    said.textContent = translate(
      isFailed ? "station.not_located" : isChosen ? "report.point_added" : "report.point_help",
    );
  });
  return element("div", { class: "report-point" }, here, said);
}

/**
 * @param {{lon: number, lat: number}} place
 * @returns {Point}
 */
function rounded({ lon, lat }) {
  return [Number(lon.toFixed(DECIMALS)), Number(lat.toFixed(DECIMALS))];
}
