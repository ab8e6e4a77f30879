/** Stations near each other as one: what supercluster makes of those shown at a zoom. */

/**
 * @typedef {import("./station_layer.js").Shown} Shown
 * @typedef {{open: number, shown: Shown, cluster?: undefined}} Single a station
 * @typedef {supercluster.PointFeature<Single> | supercluster.ClusterFeature<{open: number, shown?: undefined}>} Feature one or many
 * @typedef {{getClusters(box: [west: number, south: number, east: number, north: number], zoom: number): Feature[],
 *   getClusterExpansionZoom(id: number): number}} Groups stations alone and together
 */

const CLUSTER_RADIUS_PX = 64;
export const SINGLE_ZOOM = 16; // from here on every station stands alone

/**
 * @param {Shown[]} stations
 * @returns {Groups}
 */
export function clustersOf(stations) {
  const clusters = new Supercluster({
    radius: CLUSTER_RADIUS_PX,
    extent: 256,
    maxZoom: SINGLE_ZOOM - 1,
    minPoints: 3,
    map: (/** @type {Single} */ { open }) => ({ open }),
    reduce: (sum, { open }) => (sum.open += open),
  });
  return clusters.load(
    stations.map((shown) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [shown.station.lon, shown.station.lat] },
      properties: { shown, open: Number(shown.state === "open") },
    })),
  );
}

/**
 * Return what there is within bounds, from the top of the map to its foot.
 * @param {Groups} groups
 * @param {L.LatLngBounds} bounds
 * @param {number} zoom
 * @returns {Feature[]}
 */
export function featuresIn(groups, bounds, zoom) {
  const { lng: west, lat: south } = bounds.getSouthWest();
  const { lng: east, lat: north } = bounds.getNorthEast();
  return groups.getClusters([west, south, east, north], Math.round(zoom)).sort(fromTheTop);
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
 * @param {Feature} found
 */
export function keyOf({ id, geometry, properties }) {
  if (!properties.cluster) return `station ${properties.shown.station.id}`;
  const { point_count: count, open } = properties;
  return `cluster ${id} ${count} ${open} ${geometry.coordinates}`;
}
