/** What a vector tile holds, read message by message: its points, with all that is said of each. */

/**
 * @typedef {string | number | boolean} Value
 * @typedef {{x: number, y: number, properties: Record<string, Value>}} TilePoint where it lies, from 0 to 1 of the tile
 * @typedef {{name: string, extent: number, keys: string[], values: Value[], features: {tags: number[], shape: number[]}[]}} Layer
 */

const OF_TILE = { layer: 3 };
const OF_LAYER = { name: 1, feature: 2, key: 3, value: 4, extent: 5 };
const OF_FEATURE = { tags: 2, shape: 4 };
const USUAL_EXTENT = 4096;

/**
 * Return the points of a tile by the name of their layer; throws where the bytes are no tile.
 * @param {ArrayBuffer} data
 * @returns {Map<string, TilePoint[]>}
 */
export function contentOf(data) {
  const layers = new Pbf(data).readFields(
    (tag, found, bytes) => {
      if (tag === OF_TILE.layer) found.push(bytes.readMessage(readLayer, emptyLayer()));
    },
    /** @type {Layer[]} */ ([]),
  );
  return new Map(layers.map((layer) => [layer.name, pointsOf(layer)]));
}

/** @returns {Layer} */
function emptyLayer() {
  return { name: "", extent: USUAL_EXTENT, keys: [], values: [], features: [] };
}

/**
 * @param {number} tag
 * @param {Layer} layer
 * @param {Pbf} bytes
 */
function readLayer(tag, layer, bytes) {
  if (tag === OF_LAYER.name) layer.name = bytes.readString();
  else if (tag === OF_LAYER.extent) layer.extent = bytes.readVarint();
  else if (tag === OF_LAYER.key) layer.keys.push(bytes.readString());
  else if (tag === OF_LAYER.value) layer.values.push(bytes.readMessage(readValue, { value: "" }).value);
  else if (tag === OF_LAYER.feature) layer.features.push(bytes.readMessage(readFeature, { tags: [], shape: [] }));
}

/**
 * @param {number} tag
 * @param {{tags: number[], shape: number[]}} feature
 * @param {Pbf} bytes
 */
function readFeature(tag, feature, bytes) {
  if (tag === OF_FEATURE.tags) bytes.readPackedVarint(feature.tags);
  else if (tag === OF_FEATURE.shape) bytes.readPackedVarint(feature.shape);
}

/**
 * @param {number} tag
 * @param {{value: Value}} holder
 * @param {Pbf} bytes
 */
function readValue(tag, holder, bytes) {
  const read = [
    () => bytes.readString(),
    () => bytes.readFloat(),
    () => bytes.readDouble(),
    () => bytes.readVarint(true),
    () => bytes.readVarint(),
    () => bytes.readSVarint(),
    () => bytes.readBoolean(),
  ][tag - 1];
  if (read) holder.value = read();
}

/**
 * @param {Layer} layer
 * @returns {TilePoint[]}
 */
function pointsOf({ extent, keys, values, features }) {
  return features.map(({ tags, shape: [, x, y] }) => {
    /** @type {[string, Value][]} */
    const said = [];
    for (let at = 0; at < tags.length; at += 2) said.push([keys[tags[at]], values[tags[at + 1]]]);
    return { x: whole(x) / extent, y: whole(y) / extent, properties: Object.fromEntries(said) };
  });
}

/**
 * Return the number that stands as one without a sign (zigzag).
 * @param {number} coded
 */
function whole(coded) {
  return (coded >> 1) ^ -(coded & 1);
}
