/** Read tiles as a phone does, for tests/test_tiles_on_phones.py: bytes in base64 in, points out, or null where they are no tile. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { contentOf } from "../../static/js/map/tiled/tile_content.js";
import { cellOf } from "../../static/js/map/tiled/tile_features.js";
import { holds, placeOf, pointAt, tilesIn } from "../../static/js/map/tiled/tile_grid.js";

globalThis.Pbf = createRequire(import.meta.url)("../../static/vendor/pbf/pbf.js");

const { tiles, points } = JSON.parse(readFileSync(0, "utf8"));
const read = tiles.map((/** @type {string} */ coded) => {
  const bytes = Buffer.from(coded, "base64");
  try {
    return Object.fromEntries(contentOf(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)));
  } catch {
    return null;
  }
});
const placed = points.map((/** @type {[number, number, number]} */ [lon, lat, z]) => {
  const { x, y } = placeOf(lon, lat, z);
  const around = tilesIn([lon, lat, lon, lat], z);
  return {
    x,
    y,
    back: pointAt(x, y, z),
    around,
    isHeld: around.map((tile) => holds(tile, [lon, lat])),
    cell: cellOf(lon, lat, z),
  };
});
process.stdout.write(JSON.stringify({ read, placed }));
