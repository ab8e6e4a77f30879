/** Every station in the order of its distance from a point. */

import { arcM, ecef } from "../shared/geodesy.js";

/**
 * @typedef {{rows: ArrayLike<number>, metres: ArrayLike<number>}} Ranked rows of the feed and how far each is, nearest first
 */

const PER_METRE = 10_000;

/** Places that can be ranked from anywhere; made once for a feed. */
export class Places {
  /**
   * @param {ArrayLike<number>} lons degrees, WGS-84
   * @param {ArrayLike<number>} lats degrees, WGS-84
   */
  constructor(lons, lats) {
    this.count = lons.length;
    this.xyz = new Float64Array(3 * this.count);
    for (let row = 0; row < this.count; row++) this.xyz.set(ecef(lons[row], lats[row]), 3 * row);
  }

  /**
   * Return every row with its geodesic metres, nearest first; equally near ones, to a tenth of a millimetre, in the
   * order of the feed.
   * @param {number} lon
   * @param {number} lat
   * @returns {Ranked}
   */
  ranked(lon, lat) {
    const from = ecef(lon, lat);
    const to = [0, 0, 0]; // one for all: a view of each would cost more than its measuring
    // Distance and row in one number: sorted by the engine itself, which asks no comparator ten thousand times.
    const keys = new Float64Array(this.count);
    const metresOf = new Float64Array(this.count);
    for (let row = 0; row < this.count; row++) {
      for (let axis = 0; axis < 3; axis++) to[axis] = this.xyz[3 * row + axis];
      metresOf[row] = arcM(from, to);
      keys[row] = Math.round(metresOf[row] * PER_METRE) * this.count + row;
    }
    keys.sort();
    const rows = Uint32Array.from(keys, (key) => key % this.count);
    return { rows, metres: Float64Array.from(rows, (row) => metresOf[row]) };
  }
}
