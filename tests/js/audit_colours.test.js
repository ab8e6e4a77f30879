/** Cells that no street leads from to a station are of a colour of their own, never "beyond". */

import assert from "node:assert/strict";
import test from "node:test";

import { paintDistances } from "../../static/js/audit/map/colours.js";

/**
 * @param {number[]} sure metres to the nearest station that surely counts
 * @param {number[]} possible
 */
function painted(sure, possible) {
  const colours = new Uint32Array(sure.length);
  const metres = (/** @type {number[]} */ first) => ({ first: Float64Array.from(first), second: new Float64Array() });
  paintDistances(colours, { sure: metres(sure), possible: metres(possible) }, 1000);
  return colours;
}

test("a cell of which no way is known is neither near nor beyond, unless a station may be near", () => {
  const [near, far, unknown, perhaps] = painted([400, 9000, Infinity, Infinity], [400, 9000, 9000, 900]);
  assert.equal(new Set([near, far, unknown, perhaps]).size, 4);
});

test("where no station surely counts, all cells are beyond", () => {
  const [beyond] = painted([9000], [9000]);
  assert.deepEqual([...painted([Infinity, Infinity], [9000, Infinity])], [beyond, beyond]);
});
