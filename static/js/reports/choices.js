/** What can be reported of a station, and what may be added to it. */

import RULES from "../../rules.json" with { type: "json" };

export const KINDS = ["locked", "open", "wrong_place", "no_entry", "lacks", "gone", "other"];
const MAX_FACILITIES = 12;

/**
 * Return the kinds of which more may be said, with the codes of that.
 * @param {Record<string, boolean>} facilities of the station: what it is said to have may be missed first
 * @returns {Record<string, string[]>}
 */
export function detailsOf(facilities) {
  const said = Object.keys(facilities).filter((code) => facilities[code]);
  const lacks = [...new Set([...said.filter(isUsual), ...RULES.usual_facilities, ...said])].slice(0, MAX_FACILITIES);
  return { wrong_place: [], no_entry: ["registration", "membership", "refused"], lacks, other: [] };
}

/** @param {string} code */
function isUsual(code) {
  return RULES.usual_facilities.includes(code);
}

/**
 * Return how a detail of a kind is called.
 * @param {string} kind
 * @param {string} code
 */
export function labelOf(kind, code) {
  return kind === "lacks" ? `facility.${code}` : `report_detail.${code}`;
}
