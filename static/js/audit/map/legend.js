/** The key to the map: what colours mean, and what lies on top of them. */

import { BANDS, SHARES, SHARE_STEPS } from "./colours.js";
import * as words from "../figure_text.js";
import { byId, element } from "../../shared/dom.js";

const SHAPES = ["surely", "possibly", "gap", "site"];

/** @typedef {import("../../shared/translate.js").Translate} Translate */

/**
 * @param {Translate} translate
 * @param {import("../controls.js").StudyQuestion} question
 */
export function showLegend(translate, { by, radiusM }) {
  const colours = by === "share" ? ofShares() : ofDistances(translate, radiusM);
  const signs = SHAPES.map((name) =>
    element(
      "li",
      {},
      element("span", { class: `audit-sign is-${name}`, "aria-hidden": "true" }),
      translate(`audit.legend.${name}`),
    ),
  );
  byId("audit-legend").replaceChildren(
    ...colours.map(([colour, text]) => element("li", {}, swatch(colour), text)),
    ...signs,
  );
}

/** @returns {[string, string][]} */
function ofShares() {
  const percents = [0, ...SHARE_STEPS, 1].map((share) => Math.round(share * 100));
  return SHARES.map((colour, at) => [colour, `${percents[at]}–${percents[at + 1]} %`]);
}

/**
 * @param {Translate} translate
 * @param {number} radiusM
 * @returns {[string, string][]}
 */
function ofDistances(translate, radiusM) {
  const line = (/** @type {string} */ key, /** @type {number} */ radii) =>
    translate(`audit.page.${words.inUnit(key)}`, { metres: words.amount(radii * radiusM) });
  const texts = [
    line("within", 0.5),
    line("within", 1),
    line("possibly_within", 1),
    line("within", 2),
    line("within", 3),
    line("beyond", 3),
    ...(words.isInMinutes() ? [translate("audit.page.way_unknown")] : []),
  ];
  return texts.map((text, at) => [BANDS[at], text]);
}

/**
 * @param {string} colour
 */
function swatch(colour) {
  const made = element("span", { class: "audit-swatch", "aria-hidden": "true" });
  made.style.backgroundColor = colour;
  return made;
}
