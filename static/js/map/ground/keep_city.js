/** The whole city from far is kept on the device, quietly, once the map was opened: what was never looked at is there off line. */

/** @typedef {[west: number, south: number, east: number, north: number]} Bounds degrees */

const MAX_ZOOM = 13;
const MAX_BYTES = 12_000_000; // of what may be kept together: what was looked at does not give way to this
const AT_ONCE = 3;

/**
 * Fetch the tiles of the city that are not kept yet, those from far first; ends where the network does.
 * @param {import("./tile_source.js").TileSource} source
 * @param {Bounds} bounds
 * @param {number} minZoom
 */
export async function keepCity(source, bounds, minZoom) {
  const have = await source.kept.keys();
  const wanted = keysOf(bounds, minZoom, have);
  const next = async () => {
    for (const key of wanted) {
      if (document.hidden || source.kept.total > MAX_BYTES) return;
      await source.fetched(key, false);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next)).catch(() => null);
}

/** Tell whether this device is set to save data. */
export function savesData() {
  const { connection } = /** @type {{connection?: {saveData?: boolean}}} */ (navigator);
  return Boolean(connection?.saveData);
}

/**
 * @param {Bounds} bounds
 * @param {number} minZoom
 * @param {ReadonlySet<unknown>} have
 */
function* keysOf([west, south, east, north], minZoom, have) {
  for (let z = minZoom; z <= MAX_ZOOM; z++) {
    const [left, top] = tileAt(west, north, z);
    const [right, bottom] = tileAt(east, south, z);
    for (let y = top; y <= bottom; y++)
      for (let x = left; x <= right; x++) if (!have.has(`${z}/${x}/${y}`)) yield `${z}/${x}/${y}`;
  }
}

/**
 * Return column and row of the tile of a place, in spherical Mercator.
 * @param {number} lon
 * @param {number} lat
 * @param {number} z
 * @returns {[x: number, y: number]}
 */
function tileAt(lon, lat, z) {
  const y = 0.5 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / (2 * Math.PI);
  const within = (/** @type {number} */ share) => Math.min(Math.max(Math.floor(share * 2 ** z), 0), 2 ** z - 1);
  return [within((lon + 180) / 360), within(y)];
}
