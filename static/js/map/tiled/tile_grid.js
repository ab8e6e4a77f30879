/** The tiles of the web: spherical Mercator cut into 2^z by 2^z squares at zoom z, from the north-west on. */

const ROUND_DEG = 360;

/**
 * @typedef {{z: number, x: number, y: number}} Tile
 * @typedef {[west: number, south: number, east: number, north: number]} Box in degrees
 */

/**
 * Return where a point lies at a zoom, in tiles.
 * @param {number} lon
 * @param {number} lat
 * @param {number} z
 * @returns {{x: number, y: number}}
 */
export function placeOf(lon, lat, z) {
  const sine = Math.sin((lat * Math.PI) / 180);
  const south = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
  return { x: (lon / ROUND_DEG + 0.5) * 2 ** z, y: south * 2 ** z };
}

/**
 * Return the point that lies somewhere at a zoom.
 * @param {number} x in tiles
 * @param {number} y in tiles
 * @param {number} z
 * @returns {[lon: number, lat: number]}
 */
export function pointAt(x, y, z) {
  const north = Math.PI * (1 - (2 * y) / 2 ** z);
  return [(x / 2 ** z - 0.5) * ROUND_DEG, (Math.atan(Math.sinh(north)) * 180) / Math.PI];
}

/**
 * Return the tiles that cover a box, row by row.
 * @param {Box} box
 * @param {number} z
 * @returns {Tile[]}
 */
export function tilesIn([west, south, east, north], z) {
  const last = 2 ** z - 1;
  const within = (/** @type {number} */ at) => Math.min(Math.max(Math.floor(at), 0), last);
  const [first, end] = [placeOf(west, north, z), placeOf(east, south, z)];
  const found = [];
  for (let y = within(first.y); y <= within(end.y); y++)
    for (let x = within(first.x); x <= within(end.x); x++) found.push({ z, x, y });
  return found;
}

/**
 * Tell whether a point lies in a tile.
 * @param {Tile} tile
 * @param {number[]} lonLat
 */
export function holds({ z, x, y }, [lon, lat]) {
  const place = placeOf(lon, lat, z);
  return Math.floor(place.x) === x && Math.floor(place.y) === y;
}
