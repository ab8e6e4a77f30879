/** Stations of an answer among those of tiles: each is there once, and the counts add up. */

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";

globalThis.Supercluster = createRequire(import.meta.url)("../../static/vendor/supercluster/supercluster.min.js");

const { cellOf, cluster } = await import("../../static/js/map/tiled/tile_features.js");
const { placeOf } = await import("../../static/js/map/tiled/tile_grid.js");
const { TiledGroups } = await import("../../static/js/map/tiled/tiled_groups.js");

const AT = [117.2, 34.26];
const BOX = [117.1, 34.2, 117.3, 34.3];
const shown = (id, [lon, lat], state, isOfTile) => ({ station: { id, name: id, lon, lat }, state, isOfTile });
const single = (one) => ({
  type: "Feature",
  geometry: { type: "Point", coordinates: [one.station.lon, one.station.lat] },
  properties: { shown: one, open: Number(one.state === "open") },
});

/** Tiles that are all here, or all on their way. */
class Tiles {
  constructor(features) {
    this.features = features;
    this.edition = { maxZoom: 16 };
    this.isHere = true;
    this.wanted = [];
  }

  want(tiles) {
    this.wanted = tiles;
  }

  get({ z, x, y }) {
    if (!this.isHere) return null;
    const features = this.features.filter(({ geometry: { coordinates } }) => {
      const place = placeOf(...coordinates, z);
      return Math.floor(place.x) === x && Math.floor(place.y) === y;
    });
    return { features, splitsAt: new Map(features.map(({ id }) => [id, z + 3])) };
  }
}

const countOf = (features) =>
  features.reduce((sum, { properties }) => sum + (properties.cluster ? properties.point_count : 1), 0);
const openOf = (features) => features.reduce((sum, { properties }) => sum + properties.open, 0);

test("a cluster that a station of the answer stands beside has one less", () => {
  const groups = new TiledGroups(new Tiles([cluster(cellOf(...AT, 12), AT, 9, 5)]));
  const found = groups.with([shown("a", AT, "open")]).getClusters(BOX, 12);
  assert.deepEqual([found.length, countOf(found), openOf(found)], [2, 9, 5]);
  const closed = groups.with([shown("a", AT, "closed")]).getClusters(BOX, 12);
  assert.deepEqual([closed.length, countOf(closed), openOf(closed)], [2, 9, 5]);
});

test("a station of the answer takes the place of the same one of a tile, of which less is known", () => {
  const groups = new TiledGroups(new Tiles([single(shown("a", AT, "open", true))]));
  const [found, ...more] = groups.with([shown("a", AT, "closed")]).getClusters(BOX, 16);
  assert.deepEqual(more, []);
  assert.equal(found.properties.shown.state, "closed");
  assert.equal(found.properties.shown.isOfTile, undefined);
});

test("without a tile the answer is what there is, then what was seen there last", () => {
  const tiles = new Tiles([cluster(cellOf(...AT, 12), AT, 9, 5)]);
  const groups = new TiledGroups(tiles);
  tiles.isHere = false;
  const near = [0, 1, 2, 3].map((at) => shown(`s${at}`, [AT[0] + at / 1e5, AT[1]], "open"));
  assert.equal(countOf(groups.with(near).getClusters(BOX, 12)), 4);
  tiles.isHere = true;
  assert.equal(countOf(groups.getClusters(BOX, 12)), 9);
  tiles.isHere = false;
  assert.equal(countOf(groups.with([]).getClusters(BOX, 13)), 9);
});

test("a cluster is parted where its tile says so, else two zooms closer", () => {
  const id = cellOf(...AT, 12);
  const groups = new TiledGroups(new Tiles([cluster(id, AT, 9, 5)]));
  groups.getClusters(BOX, 12);
  assert.equal(groups.getClusterExpansionZoom(id), 15);
  assert.equal(groups.getClusterExpansionZoom(id + 1), 14);
});

test("near by, the tiles of the last zoom are asked for", () => {
  const tiles = new Tiles([]);
  new TiledGroups(tiles).getClusters([117.2, 34.2, 117.201, 34.201], 19);
  assert.ok(tiles.wanted.length > 0 && tiles.wanted.every(({ z }) => z === 16));
});
