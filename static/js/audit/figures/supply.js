/** Which stations meet the requirements, confirmed and possible, as stationmap/audit/inputs/supply.py judges them. */

import { weekdayOf } from "./days.js";

const MASK_OCTETS = 24;

/**
 * @typedef {import("./document.js").StudyCells} StudyCells
 * @typedef {{categories: Set<string>, facilities: Set<string>, who: Set<string>, hour: number | null, date?: string}} StationFilter
 *   `hour` of the week from Monday 00:00; without one, a station counts at whatever hours it is open, unless closures
 *   shut it all of the day `date` of that week
 * @typedef {{sure: number[], possible: number[], shut: number[]}} Supply rows of stations
 */

/**
 * Return the stations that surely count, those that possibly do, and those that would but are shut that day.
 * @param {StudyCells} study
 * @param {StationFilter} filter
 * @returns {Supply}
 */
export function supplyOf(study, filter) {
  const { header } = study;
  const wanted = bitsOf(header.facilities, filter.facilities);
  const groups = bitsOf(header.who, filter.who);
  const day = filter.date === undefined ? 0 : 1 << weekdayOf(filter.date);
  /** @type {Supply} */
  const found = { sure: [], possible: [], shut: [] };
  for (let row = 0; row < study.inUse.length; row++) {
    if (!study.inUse[row] || !isOfCategory(study, row, filter) || study.needs[row] & ~groups) continue;
    if (study.absent[row] & wanted) continue;
    if (study.shut[row] & day) {
      found.shut.push(row);
      continue;
    }
    if (!isOpen(study.hoursPossible, row, filter.hour)) continue;
    found.possible.push(row);
    const isKnown = header.who[study.who[row]] !== "unknown" && (study.present[row] & wanted) === wanted;
    if (isKnown && isOpen(study.hoursSure, row, filter.hour)) found.sure.push(row);
  }
  return found;
}

/**
 * @param {StudyCells} study
 * @param {number} row
 * @param {StationFilter} filter
 */
function isOfCategory({ header, category }, row, { categories }) {
  return !categories.size || categories.has(header.categories[category[row]]);
}

/**
 * @param {Uint8Array} masks
 * @param {number} row
 * @param {number | null} hour
 */
function isOpen(masks, row, hour) {
  return hour === null || ((masks[row * MASK_OCTETS + (hour >> 3)] >> (hour & 7)) & 1) === 1;
}

/**
 * @param {string[]} codes
 * @param {Set<string>} chosen
 */
function bitsOf(codes, chosen) {
  return codes.reduce((bits, code, at) => (chosen.has(code) ? bits | (1 << at) : bits), 0);
}
