/** Stations near each other as one: what supercluster makes of those shown at a zoom. */

/**
 * @typedef {import("./station_layer.js").Shown} Shown
 * @typedef {{open: number, row: number, cluster?: undefined}} Single a station by its row among those shown
 * @typedef {supercluster.PointFeature<Single> | supercluster.ClusterFeature<{open: number}>} Feature one or many
 */

const CLUSTER_RADIUS_PX = 64;
export const SINGLE_ZOOM = 16; // from here on every station stands alone

/**
 * @param {Shown[]} shown
 */
export function clustersOf(shown) {
  const clusters = new Supercluster({
    radius: CLUSTER_RADIUS_PX,
    extent: 256,
    maxZoom: SINGLE_ZOOM - 1,
    minPoints: 3,
    map: (/** @type {Single} */ { open }) => ({ open }),
    reduce: (sum, { open }) => (sum.open += open),
  });
  return clusters.load(
    shown.map(({ station: { lon, lat }, state }, row) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [lon, lat] },
      properties: { row, open: Number(state === "open") },
    })),
  );
}

/**
 * Return what there is within bounds, from the top of the map to its foot.
 * @param {ReturnType<typeof clustersOf>} clusters
 * @param {L.LatLngBounds} bounds
 * @param {number} zoom
 * @returns {Feature[]}
 */
export function featuresIn(clusters, bounds, zoom) {
  const [west, south, east, north] = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  return clusters.getClusters([west, south, east, north], Math.round(zoom)).sort(fromTheTop);
}

/**
 * @param {Feature} a
 * @param {Feature} b
 */
function fromTheTop({ geometry: { coordinates: a } }, { geometry: { coordinates: b } }) {
  return b[1] - a[1] || a[0] - b[0];
}

/**
 * Return what tells one marker from another: a station's is always the same, clusters with equal keys look alike.
 * @param {readonly Shown[]} shown
 * @param {Feature} found
 */
export function keyOf(shown, { id, geometry, properties }) {
  if (!properties.cluster) return `station ${shown[properties.row].station.id}`;
  const { point_count: count, open } = properties;
  return `cluster ${id} ${count} ${open} ${geometry.coordinates}`;
}
