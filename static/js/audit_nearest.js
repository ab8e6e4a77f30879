/** How far every cell is from the nearest of some stations: a tree of their Earth-centred places, walked cell by cell. */

import { arcM, ecef } from "./geodesy.js";

const LEAF = 6;

/**
 * Return Earth-centred metres, three numbers a point.
 * @param {Float64Array} lons
 * @param {Float64Array} lats
 */
export function places(lons, lats) {
  const found = new Float64Array(3 * lons.length);
  for (let row = 0; row < lons.length; row++) found.set(ecef(lons[row], lats[row]), 3 * row);
  return found;
}

/**
 * Return geodesic metres from each cell to the nearest of the stations chosen, Infinity without any.
 * @param {Float64Array} cells Earth-centred, three a cell
 * @param {Float64Array} stations likewise
 * @param {number[]} chosen rows of stations
 * @returns {Float64Array}
 */
export function nearestM(cells, stations, chosen) {
  const metres = new Float64Array(cells.length / 3).fill(Infinity);
  if (!chosen.length) return metres;
  const tree = new Tree(stations, chosen);
  const [from, to] = [new Float64Array(3), new Float64Array(3)];
  let last = chosen[0];
  for (let cell = 0; cell < metres.length; cell++) {
    for (let axis = 0; axis < 3; axis++) from[axis] = cells[3 * cell + axis];
    // The neighbour's nearest is this one's or nearly: a bound that leaves most of the tree unseen.
    last = tree.nearest(from, last);
    for (let axis = 0; axis < 3; axis++) to[axis] = stations[3 * last + axis];
    metres[cell] = arcM(from, to);
  }
  return metres;
}

/** Points split at the middle of their widest axis, again and again; a node is a stretch of `rows`. */
class Tree {
  /**
   * @param {Float64Array} points
   * @param {number[]} rows
   */
  constructor(points, rows) {
    this.points = points;
    this.rows = Uint32Array.from(rows);
    this.axes = new Uint8Array(this.rows.length);
    this.split(0, this.rows.length);
    this.best = 0;
    this.best2 = 0;
  }

  /**
   * @param {number} start
   * @param {number} end
   */
  split(start, end) {
    if (end - start <= LEAF) return;
    const { points, rows } = this;
    const axis = widest(points, rows.subarray(start, end));
    rows.subarray(start, end).sort((a, b) => points[3 * a + axis] - points[3 * b + axis]);
    const middle = (start + end) >> 1;
    this.axes[middle] = axis;
    this.split(start, middle);
    this.split(middle + 1, end);
  }

  /**
   * Return the row nearest to a place, given one that may be.
   * @param {Float64Array} place
   * @param {number} guess
   */
  nearest(place, guess) {
    this.best = guess;
    this.best2 = this.square(place, guess);
    this.walk(place, 0, this.rows.length);
    return this.best;
  }

  /**
   * @param {Float64Array} place
   * @param {number} start
   * @param {number} end
   */
  walk(place, start, end) {
    if (end - start <= LEAF) {
      for (let at = start; at < end; at++) this.try(place, this.rows[at]);
      return;
    }
    const middle = (start + end) >> 1;
    const row = this.rows[middle];
    const axis = this.axes[middle];
    const beyond = place[axis] - this.points[3 * row + axis];
    this.try(place, row);
    if (beyond < 0) this.walk(place, start, middle);
    else this.walk(place, middle + 1, end);
    if (beyond * beyond >= this.best2) return;
    if (beyond < 0) this.walk(place, middle + 1, end);
    else this.walk(place, start, middle);
  }

  /**
   * @param {Float64Array} place
   * @param {number} row
   */
  try(place, row) {
    const square = this.square(place, row);
    if (square < this.best2) [this.best, this.best2] = [row, square];
  }

  /**
   * @param {Float64Array} place
   * @param {number} row
   */
  square(place, row) {
    const { points } = this;
    const x = place[0] - points[3 * row];
    const y = place[1] - points[3 * row + 1];
    const z = place[2] - points[3 * row + 2];
    return x * x + y * y + z * z;
  }
}

/**
 * @param {Float64Array} points
 * @param {Uint32Array} rows
 */
function widest(points, rows) {
  const widths = [0, 1, 2].map((axis) => {
    let [low, high] = [Infinity, -Infinity];
    for (const row of rows) {
      low = Math.min(low, points[3 * row + axis]);
      high = Math.max(high, points[3 * row + axis]);
    }
    return high - low;
  });
  return widths.indexOf(Math.max(...widths));
}
