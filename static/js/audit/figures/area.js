/** Figures of an area somebody draws: those of the cells whose middle lies in it, counted as a district is. */

import { Distances, figuresOf } from "./coverage.js";

/**
 * @typedef {import("./document.js").StudyCells} StudyCells
 * @typedef {import("./nearest.js").Nearest} Nearest
 * @typedef {[lon: number, lat: number][]} Ring corners in degrees, in order
 */

/**
 * Return the figures of an area; null where no cell lies in it.
 * @param {StudyCells} study
 * @param {{sure: Nearest, possible: Nearest}} metres of the cells
 * @param {Ring} ring
 * @param {number} radiusM
 * @param {Uint8Array | null} known of which cells ways are known at all; null for all of them
 * @returns {import("./coverage.js").Figures | null}
 */
export function figuresWithin(study, metres, ring, radiusM, known = null) {
  const cells = within(study.lons, study.lats, ring);
  if (!cells.length) return null;
  const of = (/** @type {Float64Array} */ column) => Float64Array.from(cells, (cell) => column[cell]);
  const part = { ...study, districts: [""], cellDistricts: new Uint8Array(cells.length), people: of(study.people) };
  const nearest = (/** @type {Nearest} */ { first, second }) => ({ first: of(first), second: of(second) });
  const own = { sure: nearest(metres.sure), possible: nearest(metres.possible) };
  const seen = (/** @type {Float64Array} */ first) =>
    known ? first.map((each, at) => (known[cells[at]] ? each : Infinity)) : first;
  const distances = {
    sure: new Distances(part, seen(own.sure.first)),
    possible: new Distances(part, seen(own.possible.first)),
  };
  return figuresOf(part, own, distances, radiusM)[0];
}

/**
 * Return the rows of the points inside a ring.
 * @param {ArrayLike<number>} lons
 * @param {ArrayLike<number>} lats
 * @param {Ring} ring
 * @returns {number[]}
 */
export function within(lons, lats, ring) {
  const [west, east] = ends(ring.map(([lon]) => lon));
  const [south, north] = ends(ring.map(([, lat]) => lat));
  const found = [];
  for (let row = 0; row < lons.length; row++) {
    const [lon, lat] = [lons[row], lats[row]];
    if (lon < west || lon > east || lat < south || lat > north) continue;
    if (isInside(lon, lat, ring)) found.push(row);
  }
  return found;
}

/**
 * Tell whether a point is inside: a ray to the east crosses the edges of the ring an odd number of times.
 * @param {number} lon
 * @param {number} lat
 * @param {Ring} ring
 */
function isInside(lon, lat, ring) {
  let inside = false;
  let [fromLon, fromLat] = ring[ring.length - 1];
  for (const [toLon, toLat] of ring) {
    const crosses = fromLat > lat !== toLat > lat;
    if (crosses && lon < fromLon + ((lat - fromLat) / (toLat - fromLat)) * (toLon - fromLon)) inside = !inside;
    [fromLon, fromLat] = [toLon, toLat];
  }
  return inside;
}

/**
 * @param {number[]} values
 */
function ends(values) {
  return [Math.min(...values), Math.max(...values)];
}
