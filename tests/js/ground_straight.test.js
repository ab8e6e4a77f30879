/** Lines without the points that make no bend. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { straightened } from "../../static/js/map/ground/straight.js";

const line = (...points) => points.map(([x, y]) => ({ x, y }));

test("points on a straight line go, whatever their number", () => {
  const many = Array.from({ length: 1000 }, (_, at) => [at, at / 2]);
  assert.deepEqual(straightened(line(...many), 2), line([0, 0], [999, 499.5]));
});

test("a bend stays, and what is nearer than the tolerance does not", () => {
  const bent = line([0, 0], [50, 1], [100, 0], [100, 50], [101, 100]);
  assert.deepEqual(straightened(bent, 2), line([0, 0], [100, 0], [101, 100]));
});

test("a ring keeps its corners, a line of one or two points all it has", () => {
  const ring = line([0, 0], [10, 0], [10, 10], [0, 10], [0, 0]);
  assert.deepEqual(straightened(ring, 2), ring);
  assert.deepEqual(straightened(line([1, 1]), 2), line([1, 1]));
  assert.deepEqual(straightened(line([1, 1], [1, 1]), 2), line([1, 1], [1, 1]));
  assert.deepEqual(straightened([], 2), []);
});

test("no point that was left out is farther from the line than the tolerance", () => {
  const wave = line(...Array.from({ length: 200 }, (_, at) => [at, 20 * Math.sin(at / 15)]));
  const kept = straightened(wave, 2);
  assert.ok(kept.length < 40);
  for (const { x, y } of wave) {
    const to = kept.findIndex((point) => point.x >= x) || 1;
    const [a, b] = [kept[to - 1], kept[to]];
    const away = Math.abs((b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x)) / Math.hypot(b.x - a.x, b.y - a.y);
    assert.ok(away <= 2, `${x}`);
  }
});
