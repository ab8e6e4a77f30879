/** Tiles as the map draws them: their clusters and stations, as supercluster would have them. */

import { contentOf } from "./tile_content.js";
import { placeOf, pointAt } from "./tile_grid.js";

/**
 * @typedef {import("../clusters.js").Feature} Feature
 * @typedef {import("../station_layer.js").Shown} Shown
 * @typedef {import("../../rider/hours.js").State} State
 * @typedef {import("./tile_content.js").TilePoint} TilePoint
 * @typedef {import("./tile_grid.js").Tile} Tile
 * @typedef {{features: Feature[], splitsAt: Map<number, number>}} TileFeatures `splitsAt`: the zoom at which a cluster is
 *   more than one marker
 */

const CELLS = 4; // in a row of a tile: each is 64 px wide
const MAX_TILES = 2 ** 16; // in a row

/** @type {readonly string[]} */
const STATES = ["open", "closed", "unknown"];

/**
 * Return what a tile shows; throws where the bytes are no tile.
 * @param {Tile} tile
 * @param {ArrayBuffer} data
 * @returns {TileFeatures}
 */
export function featuresOf(tile, data) {
  const content = contentOf(data);
  const clusters = (content.get("clusters") ?? []).map((point) => clusterOf(tile, point));
  const stations = (content.get("stations") ?? []).map((point) => stationOf(tile, point));
  return {
    features: [...clusters.map(({ feature }) => feature), ...stations],
    splitsAt: new Map(clusters.map(({ id, splitsAt }) => [id, splitsAt])),
  };
}

/**
 * Return the number of the cell a point lies in at a zoom; that of a cluster is its id.
 * @param {number} lon
 * @param {number} lat
 * @param {number} z
 */
export function cellOf(lon, lat, z) {
  const { x, y } = placeOf(lon, lat, z);
  return numberOf(z, Math.floor(x * CELLS), Math.floor(y * CELLS));
}

/**
 * @param {number} z
 * @param {number} column of the cell
 * @param {number} row
 */
function numberOf(z, column, row) {
  return (z * CELLS * MAX_TILES + row) * CELLS * MAX_TILES + column;
}

/**
 * @param {Tile} tile
 * @param {TilePoint} point
 */
function clusterOf({ z, x, y }, point) {
  const { count, usable, splits_at: splitsAt } = point.properties;
  const id = numberOf(z, Math.floor((x + point.x) * CELLS), Math.floor((y + point.y) * CELLS));
  return {
    id,
    splitsAt: Number(splitsAt),
    feature: cluster(id, pointAt(x + point.x, y + point.y, z), +count, +usable),
  };
}

/**
 * @param {number} id
 * @param {number[]} coordinates
 * @param {number} count
 * @param {number} open
 * @returns {Feature}
 */
export function cluster(id, coordinates, count, open) {
  const named = { cluster_id: id, point_count: count, point_count_abbreviated: count };
  const properties = { cluster: /** @type {const} */ (true), ...named, open };
  return { type: "Feature", id, geometry: { type: "Point", coordinates }, properties };
}

/**
 * @param {Tile} tile
 * @param {TilePoint} point
 * @returns {Feature}
 */
function stationOf({ z, x, y }, point) {
  const [lon, lat] = pointAt(x + point.x, y + point.y, z);
  const { id, name, name_en, category, state } = point.properties;
  const known = STATES.includes(String(state)) ? /** @type {State} */ (state) : "unknown";
  const station = /** @type {Shown["station"]} */ ({ id, name, name_en, category, lon, lat });
  const shown = { station, state: known, isOfTile: true };
  return {
    type: "Feature",
    geometry: { type: "Point", coordinates: [lon, lat] },
    properties: { shown, open: Number(known === "open") },
  };
}
