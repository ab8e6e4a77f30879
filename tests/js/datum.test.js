/** GCJ-02 in the browser against the published vectors. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { gcj02OfWgs84, wgs84OfGcj02 } from "../../static/js/shared/datum.js";

const [header, ...lines] = readFileSync(new URL("../data/datum_vectors.csv", import.meta.url), "utf8")
  .trim()
  .split("\n");
const names = header.split(",");
const vectors = lines.map((line) => Object.fromEntries(line.split(",").map((value, at) => [names[at], value])));

for (const [from, to, convert] of [
  ["WGS84", "GCJ02", gcj02OfWgs84],
  ["GCJ02", "WGS84", wgs84OfGcj02],
]) {
  const chosen = vectors.filter((vector) => vector.from === from && vector.to === to);
  test(`${chosen.length} published vectors from ${from} to ${to}`, () => {
    assert.ok(chosen.length > 3);
    for (const { name, lon_in, lat_in, lon_out, lat_out, tolerance_deg } of chosen) {
      const [lon, lat] = convert(Number(lon_in), Number(lat_in));
      assert.ok(
        Math.abs(lon - lon_out) <= tolerance_deg && Math.abs(lat - lat_out) <= tolerance_deg,
        `${name}: ${lon}, ${lat}`,
      );
    }
  });
}

test("every point of a grid over China comes back within a micrometre", () => {
  for (let lon = 72.1; lon < 137.8; lon += 2.7) {
    for (let lat = 1; lat < 55.8; lat += 2.3) {
      const back = wgs84OfGcj02(...gcj02OfWgs84(lon, lat));
      assert.ok(Math.hypot(back[0] - lon, back[1] - lat) < 1e-11, `${lon}, ${lat}`);
    }
  }
});

test("outside China's box nothing is moved", () => {
  assert.deepEqual(gcj02OfWgs84(-0.1, 51.5), [-0.1, 51.5]);
  assert.deepEqual(wgs84OfGcj02(151.2, -33.9), [151.2, -33.9]);
});
