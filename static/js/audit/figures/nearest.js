/** How far every cell is from its two nearest stations: a tree of Earth-centred places, walked cell by cell. */

import { arcM, ecef } from "../../shared/geodesy.js";

const LEAF = 6;
const NONE = -1;

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

/** @typedef {{first: Float64Array, second: Float64Array}} Nearest metres by cell */

/**
 * Return geodesic metres from each cell to the two nearest of the stations chosen, Infinity where there are fewer.
 * @param {Float64Array} cells Earth-centred, three a cell
 * @param {Float64Array} stations likewise
 * @param {number[]} chosen rows of stations
 * @returns {Nearest}
 */
export function nearestM(cells, stations, chosen) {
  const column = () => new Float64Array(cells.length / 3).fill(Infinity);
  const [first, second] = [column(), column()];
  const tree = new Tree(stations, chosen);
  const [from, to] = [new Float64Array(3), new Float64Array(3)];
  const metres = (/** @type {number} */ row) => {
    if (row === NONE) return Infinity;
    for (let axis = 0; axis < 3; axis++) to[axis] = stations[3 * row + axis];
    return arcM(from, to);
  };
  for (let cell = 0; cell < first.length; cell++) {
    for (let axis = 0; axis < 3; axis++) from[axis] = cells[3 * cell + axis];
    tree.look(from);
    first[cell] = metres(tree.best);
    second[cell] = metres(tree.next);
  }
  return { first, second };
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
    /** The row nearest to the place last looked from, and the next one; NONE where there are fewer. */
    this.best = this.next = NONE;
    /** Squares of their distances. */
    this.best2 = this.next2 = Infinity;
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
   * Find the two rows nearest to a place.
   * @param {Float64Array} place
   */
  look(place) {
    // The neighbour's nearest are this one's or nearly: a bound that leaves most of the tree unseen.
    const guesses = [this.best, this.next];
    this.best = this.next = NONE;
    this.best2 = this.next2 = Infinity;
    for (const guess of guesses) if (guess !== NONE) this.try(place, guess);
    this.walk(place, 0, this.rows.length);
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
    if (beyond * beyond >= this.next2) return;
    if (beyond < 0) this.walk(place, middle + 1, end);
    else this.walk(place, start, middle);
  }

  /**
   * @param {Float64Array} place
   * @param {number} row
   */
  try(place, row) {
    const square = this.square(place, row);
    if (square >= this.next2 || row === this.best || row === this.next) return;
    if (square < this.best2) {
      this.next = this.best;
      this.next2 = this.best2;
      this.best = row;
      this.best2 = square;
    } else {
      this.next = row;
      this.next2 = square;
    }
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
