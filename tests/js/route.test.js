/** The order of stations along a route, and of what is known by streets among what is not. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Places } from "../../static/js/rider/nearest.js";
import { rankedAlong } from "../../static/js/route/along.js";
import { merged } from "../../static/js/route/merged.js";
import { metresBetween } from "../../static/js/shared/metres_between.js";

const EBIKE = { speedMS: 5, detour: 1.3 };
const START = { lon: 117.2, lat: 34.26 };
const END = { lon: 117.24, lat: 34.26 };

function along(points, from = START, to = END, travel = EBIKE) {
  const places = new Places(
    points.map(([lon]) => lon),
    points.map(([, lat]) => lat),
  );
  return rankedAlong(places, from, to, travel);
}

test("what lies on the line adds nothing, what lies beside or beyond it adds its way there and back", () => {
  const { rows, detours, metres } = along([
    [117.26, 34.26], // beyond the end
    [117.22, 34.26], // in the middle
    [117.19, 34.26], // behind the start
    [117.22, 34.27], // beside
  ]);
  assert.deepEqual([...rows], [1, 3, 2, 0]);
  assert.ok(detours[0] < 0.1);
  assert.ok(Math.abs(metres[0] - metresBetween(START, END) / 2) < 0.1);
  assert.ok(Math.abs(detours[2] - 2 * metres[2]) < 0.1);
});

test("a route that ends where it begins is there and back; equals keep the order of the feed", () => {
  const { rows, detours } = along(
    [
      [117.21, 34.26],
      [117.2, 34.26],
      [117.21, 34.26],
    ],
    START,
    START,
  );
  assert.equal(metresBetween(START, START), 0);
  assert.deepEqual([...rows], [1, 0, 2]);
  assert.equal(detours[1], detours[2]);
});

test("more than half an hour is not near the way, whatever the pace", () => {
  const far = [117.22, 34.28];
  assert.equal(along([far]).rows.length, 1);
  assert.equal(along([far], START, END, { speedMS: 1.25, detour: 1.3 }).rows.length, 0);
});

const RANKED = { rows: [4, 2, 7, 9], metres: [10, 20, 30, 40] };
const order = (known, floor = 0) => [
  ...merged(
    RANKED,
    (place) => RANKED.metres[place],
    (row) => known[row],
    floor,
  ).rows,
];

test("known costs and straight ones make one order; whatever is not known comes after all that was asked for", () => {
  assert.deepEqual(order({}), [4, 2, 7, 9]);
  assert.deepEqual(order({ 4: 25, 7: 15 }), [7, 2, 4, 9]);
  assert.deepEqual(order({ 4: 25, 7: 15 }, 25), [7, 4, 2, 9]);
  assert.deepEqual(order({ 9: 5 }, Infinity), [9, 4, 2, 7]);
});

test("each row keeps its straight metres", () => {
  const { rows, metres } = merged(
    RANKED,
    (place) => RANKED.metres[place],
    (row) => ({ 9: 1 })[row],
    0,
  );
  assert.deepEqual([...rows], [9, 4, 2, 7]);
  assert.deepEqual([...metres], [40, 10, 20, 30]);
});
