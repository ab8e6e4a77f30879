/** Geodesic metres between two points in degrees, where no list of them is ranked. */

import { arcM, ecef } from "./geodesy.js";

/** @typedef {{lon: number, lat: number}} Point */

/**
 * @param {Point} a
 * @param {Point} b
 */
export function metresBetween(a, b) {
  return arcM(ecef(a.lon, a.lat), ecef(b.lon, b.lat));
}
