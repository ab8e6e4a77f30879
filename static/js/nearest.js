/** Every station in the order of its distance from a point. */

import { arcM, ecef } from "./geodesy.js";

/**
 * @typedef {{row: number, metres: number}} Ranked
 */

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
   * Return every row with its geodesic metres, nearest first; equally near ones in the order of the feed.
   * @param {number} lon
   * @param {number} lat
   * @returns {Ranked[]}
   */
  ranked(lon, lat) {
    const from = ecef(lon, lat);
    const metres = new Float64Array(this.count);
    const to = [0, 0, 0];
    for (let row = 0; row < this.count; row++) {
      // One array for all: a view of each would cost more than its measuring.
      for (let axis = 0; axis < 3; axis++) to[axis] = this.xyz[3 * row + axis];
      metres[row] = arcM(from, to);
    }
    const rows = Uint32Array.from(metres.keys()).sort((a, b) => metres[a] - metres[b] || a - b);
    return Array.from(rows, (row) => ({ row, metres: metres[row] }));
  }
}
