/** Stations along a route, in the order of how much longer each makes it; worked out on this device by straight lines. */

import { metresBetween } from "../shared/metres_between.js";
import RULES from "../../rules.json" with { type: "json" };

/**
 * @typedef {import("../shared/metres_between.js").Point} Point
 * @typedef {import("../rider/nearest.js").Ranked} Ranked
 * @typedef {import("../rider/filter_rules.js").Travel} Travel
 * @typedef {Ranked & {detours: ArrayLike<number>}} RankedAlong
 *   `metres`: from the start; `detours`: straight metres that each station adds
 */

const PER_METRE = 10_000;

/**
 * Return the rows of a feed that make the way from one point to another at most half an hour longer, those that add least
 * first: by d(start, station) + d(station, end) - d(start, end). Those that add the same, to a tenth of a millimetre,
 * stand in the order of the feed.
 * @param {import("../rider/nearest.js").Places} places
 * @param {Point} from
 * @param {Point} to
 * @param {Travel} travel
 * @returns {RankedAlong}
 */
export function rankedAlong(places, from, to, travel) {
  const [before, after] = [metresByRow(places, from), metresByRow(places, to)];
  const directM = metresBetween(from, to);
  const mostM = (RULES.max_detour_s * travel.speedMS) / travel.detour;
  const count = before.length;
  /** @type {number[]} */
  const keys = [];
  for (let row = 0; row < count; row++) {
    const addedM = before[row] + after[row] - directM;
    if (addedM <= mostM) keys.push(Math.max(0, Math.round(addedM * PER_METRE)) * count + row);
  }
  const rows = Uint32Array.from(Float64Array.from(keys).sort(), (key) => key % count);
  const metres = Float64Array.from(rows, (row) => before[row]);
  const detours = Float64Array.from(rows, (row) => Math.max(0, before[row] + after[row] - directM));
  return { rows, metres, detours };
}

/**
 * @param {import("../rider/nearest.js").Places} places
 * @param {Point} point
 */
function metresByRow(places, { lon, lat }) {
  const { rows, metres } = places.ranked(lon, lat);
  const byRow = new Float64Array(rows.length);
  for (let place = 0; place < rows.length; place++) byRow[rows[place]] = metres[place];
  return byRow;
}
