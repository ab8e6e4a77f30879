/**
 * Stations alone and together as tiles have them, with those of the answer among them: what `clustersOf` is to a
 * registry that a phone keeps.
 */

import { clustersOf } from "../clusters.js";
import { cellOf, cluster } from "./tile_features.js";
import { holds, tilesIn } from "./tile_grid.js";

/**
 * @typedef {import("../clusters.js").Feature} Feature
 * @typedef {import("../clusters.js").Groups} Groups
 * @typedef {import("../station_layer.js").Shown} Shown
 * @typedef {import("./tile_grid.js").Tile} Tile
 * @typedef {import("./tile_grid.js").Box} Box
 */

const INNER = 0.85; // of the box: the view and as much around it as a marker is wide, which has to be whole
const TWO_CLOSER = 2; // zooms, where it is not known which one parts a cluster

/** @implements {Groups} */
export class TiledGroups {
  /**
   * @param {import("./station_tiles.js").StationTiles} tiles
   */
  constructor(tiles) {
    this.tiles = tiles;
    /** @type {Groups} */
    this.answer = clustersOf([]);
    /** @type {Feature[]} of tiles, as last drawn */
    this.last = [];
    /** @type {Map<number, number>} */
    this.splitsAt = new Map();
    this.zoom = 0;
  }

  /**
   * Have these among the stations of the tiles.
   * @param {Shown[]} answer
   */
  with(answer) {
    this.answer = clustersOf(answer);
    return this;
  }

  /**
   * Return what there is in a box, and have fetched what is not here.
   * @param {Box} box
   * @param {number} zoom
   * @returns {Feature[]}
   */
  getClusters(box, zoom) {
    const { tiles, answer } = this;
    const answered = answer.getClusters(box, zoom);
    if (!tiles.edition) return answered;
    this.zoom = Math.min(zoom, tiles.edition.maxZoom);
    const wanted = tilesIn(inner(box), this.zoom);
    tiles.want(wanted);
    this.splitsAt = new Map();
    const beyond = tilesIn(box, this.zoom).filter(({ x, y }) => !wanted.some((tile) => tile.x === x && tile.y === y));
    const known = [...wanted, ...beyond.filter((tile) => tiles.get(tile))].map((tile) => this.known(tile));
    const bare = wanted.filter((_, at) => !known[at].length && !tiles.get(wanted[at]));
    this.last = known.flat();
    const alone = answered.filter(({ properties }) => !properties.cluster);
    // Where nothing is known of a tile yet, the answer is what there is.
    const instead = answered.filter(
      ({ properties, geometry }) => properties.cluster && bare.some((tile) => holds(tile, geometry.coordinates)),
    );
    const found = [...this.among(this.last, alone), ...instead];
    return found.filter(({ geometry }) => isWithin(geometry.coordinates, box)); // tiles reach far beyond a view
  }

  /**
   * Return what is known of a tile: what it holds, or as long as it is not here, what was seen there last.
   * @param {Tile} tile
   */
  known(tile) {
    const found = this.tiles.get(tile);
    if (!found) return this.last.filter(({ geometry }) => holds(tile, geometry.coordinates));
    for (const [id, zoom] of found.splitsAt) this.splitsAt.set(id, zoom);
    return found.features;
  }

  /**
   * Return features of tiles and, in their place there, stations of the answer: of these more is known. A cluster that
   * one of them stands beside has one less.
   * @param {readonly Feature[]} features
   * @param {readonly Feature[]} alone
   * @returns {Feature[]}
   */
  among(features, alone) {
    /** @type {Map<number | string, Feature>} */
    const found = new Map(
      features.map((feature) => [feature.properties.shown?.station.id ?? Number(feature.id), feature]),
    );
    for (const single of alone) {
      const { shown } = single.properties;
      if (!shown) continue;
      const { id, lon, lat } = shown.station;
      const cell = cellOf(lon, lat, this.zoom);
      const around = found.has(id) ? null : found.get(cell);
      if (around) found.set(cell, less(around, shown));
      found.set(id, single);
    }
    return [...found.values()].filter(({ properties }) => !properties.cluster || properties.point_count > 0);
  }

  /**
   * @param {number} id of a cluster
   */
  getClusterExpansionZoom(id) {
    return this.splitsAt.get(id) ?? this.zoom + TWO_CLOSER;
  }
}

/**
 * Return the middle of a box.
 * @param {Box} box
 * @returns {Box}
 */
function inner([west, south, east, north]) {
  const [across, down] = [((1 - INNER) * (east - west)) / 2, ((1 - INNER) * (north - south)) / 2];
  return [west + across, south + down, east - across, north - down];
}

/**
 * @param {number[]} lonLat
 * @param {Box} box
 */
function isWithin([lon, lat], [west, south, east, north]) {
  return west <= lon && lon <= east && south <= lat && lat <= north;
}

/**
 * Return a cluster without one of its stations.
 * @param {Feature} feature
 * @param {Shown} shown
 */
function less({ id, geometry, properties }, { state }) {
  const count = (properties.cluster ? properties.point_count : 1) - 1;
  return cluster(
    Number(id),
    geometry.coordinates,
    count,
    Math.max(0, Math.min(count, properties.open - Number(state === "open"))),
  );
}
