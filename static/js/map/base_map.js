/**
 * What the Folium shell asks for while it builds the map: the base maps, each with the datum its picture is drawn in.
 *
 * A map never mixes datums and our code only knows WGS-84: when a base map in GCJ-02 is chosen the *projection* of the display changes,
 * so that stations, clicks and the rider's dot stay WGS-84 and still fall on the right street.
 */

import { gcj02OfWgs84, wgs84OfGcj02 } from "../shared/datum.js";
import { byId, element } from "../shared/dom.js";
import { resource } from "../shared/resource.js";

/**
 * @typedef {{urls: string[], datum: import("../shared/datum.js").Datum, options: Record<string, unknown>}} Source
 * @typedef {{map: L.Map, stations: L.LayerGroup}} Shell
 * @typedef {GeoJSON.Feature<GeoJSON.Geometry, {kind: string, name: string, label?: [lon: number, lat: number]}>} BaseFeature a line, an area or a name
 * @typedef {{features: BaseFeature[]}} Orientation static/basemap/orientation.json
 */

/** @type {(shell: Shell) => void} */
let announce;
/** Resolves once the shell's script has built the map. @type {Promise<Shell>} */
export const shell = new Promise((resolve) => (announce = resolve));

/** @type {L.Layer[]} our own first, as the shell builds them */
const baseLayers = [];

const isStill = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches;

Object.assign(globalThis, {
  stationmap: {
    // Leaflet moves by itself by default.
    motion: isStill ? { zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false, inertia: false } : {},
    orientation: orientationLayer,
    tiles,
    ready: (/** @type {L.Map} */ map, /** @type {L.LayerGroup} */ stations) => {
      // Lines that follow each other do not lie on each other, however large; moved later, they would be seen to move.
      const approvals = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".approval")]);
      map._controlCorners.bottomright.prepend(...approvals);
      map.on("baselayerchange", () => {
        for (const approval of approvals) approval.hidden = !map.hasLayer(baseLayers[Number(approval.dataset.ground)]);
      });
      // What else stands on a small screen makes way for a popup; not all browsers of docs/ui.md know :has().
      const makeWay = (/** @type {L.LeafletEvent} */ { type }) =>
        map.getContainer().parentElement?.classList.toggle("has-popup", type === "popupopen");
      map.on("popupopen popupclose", makeWay);
      announce({ map, stations });
    },
  },
});

/**
 * Return the layer drawn from our own file: counties, water, names.
 * @param {{attribution: string}} options
 */
function orientationLayer(options) {
  const layer = withDatum(L.layerGroup([], options), "wgs84");
  resource("orientation").then(({ features }) => {
    const lines = {
      pane: "tilePane",
      interactive: false,
      style: (/** @type {BaseFeature | undefined} */ feature) => ({ className: `ground-${feature?.properties.kind}` }),
    };
    const drawn = L.geoJSON(
      features.filter(({ geometry }) => geometry.type !== "Point"),
      lines,
    ).addTo(layer);
    void tellWhereItEnds(layer, drawn.getBounds());
    for (const { properties, geometry } of features) {
      const [lon, lat] = properties.label ?? (geometry.type === "Point" ? geometry.coordinates : []);
      if (properties.name && lon !== undefined) label(properties, lon, lat).addTo(layer);
    }
  }, console.warn);
  return layer;
}

/**
 * Say so while the map is where nothing is drawn, which would look broken.
 * @param {L.Layer} layer
 * @param {L.LatLngBounds} bounds of what is drawn; not valid where a city has no such file
 */
async function tellWhereItEnds(layer, bounds) {
  const { map } = await shell;
  const update = () =>
    (byId("bare").hidden = !map.hasLayer(layer) || (bounds.isValid() && bounds.contains(map.getCenter())));
  map.on("moveend baselayerchange", update);
  update();
}

/**
 * Return a layer of another host's images.
 * @param {Source} source
 */
function tiles({ urls, datum, options }) {
  // Their owners ask to know which site shows their images; the address within it stays here.
  const images = urls.map((url) => L.tileLayer(url, { ...options, referrerPolicy: "origin" }));
  return withDatum(L.layerGroup(images), datum);
}

/**
 * Show our own base map again, which asks no other host.
 * @param {L.Map} map
 */
export function showOwnBaseMap(map) {
  for (const layer of baseLayers) layer.remove();
  baseLayers[0].addTo(map);
}

/**
 * Let a layer switch the display to its datum just before it is drawn.
 * @template {L.Layer} Layer
 * @param {Layer} layer
 * @param {import("../shared/datum.js").Datum} datum
 * @returns {Layer}
 */
function withDatum(layer, datum) {
  baseLayers.push(layer);
  layer.beforeAdd = (map) => {
    const crs = DISPLAYS[datum]();
    if (map.options.crs === crs) return layer;
    const [centre, zoom] = [map.getCenter(), map.getZoom()];
    map.options.crs = crs;
    map.setView(centre, zoom, { reset: true, animate: false });
    return layer;
  };
  return layer;
}

/** @type {Record<import("../shared/datum.js").Datum, () => L.CRS>} How each datum is displayed. */
const DISPLAYS = { wgs84: () => L.CRS.EPSG3857, gcj02: gcj02Display };
/** @type {L.CRS | undefined} */
let gcj02Crs;

/** Spherical Mercator of the place where GCJ-02 draws a point; made once, so that it can be compared. */
function gcj02Display() {
  const mercator = L.Projection.SphericalMercator;
  gcj02Crs =
    gcj02Crs ??
    L.extend({}, L.CRS.EPSG3857, {
      code: "GCJ-02",
      projection: L.extend({}, mercator, {
        project: (/** @type {L.LatLng} */ { lng, lat }) =>
          mercator.project(L.latLng(...swapped(gcj02OfWgs84(lng, lat)))),
        unproject: (/** @type {L.Point} */ point) => {
          const { lng, lat } = mercator.unproject(point);
          return L.latLng(...swapped(wgs84OfGcj02(lng, lat)));
        },
      }),
    });
  return gcj02Crs;
}

/**
 * Leaflet has latitude first.
 * @param {[number, number]} lonLat
 * @returns {[number, number]}
 */
function swapped([lon, lat]) {
  return [lat, lon];
}

/**
 * @param {{kind: string, name: string}} properties
 * @param {number} lon
 * @param {number} lat
 */
function label({ kind, name }, lon, lat) {
  const html = element("span", {}, name);
  const icon = L.divIcon({ className: `ground-label ground-label-${kind}`, html, iconSize: [0, 0] });
  return L.marker([lat, lon], { icon, pane: "tilePane", interactive: false, keyboard: false });
}
