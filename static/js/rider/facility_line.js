/** The line of what is there at a station, in the list and on the map: read out as one sentence, shown as marks. */

import { element, setParts, setText } from "../shared/dom.js";
import { presenceOf } from "../shared/status_text.js";
import RULES from "../../rules.json" with { type: "json" };

/**
 * @typedef {import("./offer_text.js").Context} Context
 * @typedef {import("./arrival.js").Offer} Offer
 * @typedef {import("../shared/dom.js").Part} Part
 */

const GAP = "\u2002\u200b"; // without the second, no line would end before a question mark
const MARKS = { yes: "\u2713", unknown: "?", no: "\u2715" };

/** What most riders look for, shown where no facility is selected. */
export const USUAL = RULES.usual_facilities;

/** Return the line, empty. */
export function facilityLine() {
  return element(
    "p",
    { class: "facilities marks" },
    element("span", { class: "hidden" }, ""), // a sentence for each would be more than half of the row's elements
    element("span", { "aria-hidden": "true" }),
  );
}

/**
 * Let a line say which of some facilities are there: of those selected, or of the usual ones.
 * @param {HTMLElement} line
 * @param {Context} context
 * @param {Offer["station"]} station
 * @param {readonly string[]} usual
 */
export function fillFacilityLine(line, { translate, selected }, station, usual) {
  const codes = selected.length ? selected : usual;
  const labels = codes === USUAL ? "facility_short" : "facility";
  const [spoken, marks] = line.children;
  if (codes !== selected && Object.keys(station.facilities).length === 0) {
    const nothing = translate("facility_state.none");
    setText(spoken, nothing);
    setParts(marks, [["is-unknown", `? ${nothing}`]]);
    return line;
  }
  const known = codes.map((code) => ({ code, presence: presenceOf(station.facilities, code) }));
  const sentences = known.map(({ code, presence }) =>
    translate(`facility_state.${presence}`, { facility: translate(`facility.${code}`) }),
  );
  setText(spoken, sentences.join(translate("list.separator")));
  /** @type {Part[]} one for all that is there, one for all that is unknown, one for all that is not */
  const parts = Object.entries(MARKS).map(([wanted, mark]) => {
    const texts = known
      .filter(({ presence }) => presence === wanted)
      .map(({ code }) => `${mark}\u2060${translate(`${labels}.${code}`).replace(/ /g, "\u00a0")}${GAP}`);
    return [`is-${wanted}`, texts.join("")];
  });
  setParts(marks, parts);
  return line;
}
