/** What lies on top of the cells: stations, gaps that tell their facts, proposed sites. */

import { boundsOf } from "../figures/bounds.js";
import { StationDots } from "./station_dots.js";
import { element } from "../../shared/dom.js";

/**
 * @typedef {import("../../shared/translate.js").Translate} Translate
 * @typedef {import("../figures/document.js").StudyCells} StudyCells
 * @typedef {import("../gaps.js").Gap} Gap
 * @typedef {import("../siting.js").Site} Site
 * @typedef {GeoJSON.Feature<GeoJSON.Polygon | GeoJSON.MultiPolygon, {rank: number}>} Ranked
 */

const FIRST_GAPS = 20; // outlined also where the whole city is in view, and thousands of outlines would hide it
const MANY = 20_000; // stations: more are no shapes but for those near by
const NEAR_ZOOM = 12;
const NEAREST_ZOOM = 14;
/** Of a station, in a far view and in a near one. */
const DOTS = [
  { radius: 1, weight: 0.5 },
  { radius: 3, weight: 1 },
];
/** Of a gap: dark on a light seam, which tells it from dots and from every colour below. */
const SEAM = { color: "#ffffff", weight: 4 };
const LINE = { color: "#15191d", weight: 1.8 };
const AREA = { fillOpacity: 0.02, fillColor: "#15191d" };
const CITY_SNAP = 0.25; // the city as large as there is room for

/**
 * Return how large the dot of a station is.
 * @param {number} zoom
 */
export function dotAt(zoom) {
  return DOTS[Number(zoom >= NEAR_ZOOM)];
}

/**
 * Tell whether a gap has an outline.
 * @param {number} rank of the gap
 * @param {number} zoom
 */
export function isOutlinedAt(rank, zoom) {
  return zoom >= NEAR_ZOOM || rank <= FIRST_GAPS;
}

/**
 * Return gaps as shapes by rank, and below them the light seams of the first ones: all seams first, so that none lies
 * on its neighbour's line.
 * @param {Ranked[]} features
 * @param {L.Renderer} renderer
 * @param {number} zoom
 * @returns {{seams: L.GeoJSON[], shapes: Map<number, L.GeoJSON>}}
 */
export function gapShapes(features, renderer, zoom) {
  const shapeOf = (/** @type {Ranked} */ feature, /** @type {L.PathOptions} */ style) =>
    L.geoJSON(feature, { style, ...style });
  const first = features.filter(({ properties }) => properties.rank <= FIRST_GAPS);
  const seams = first.map((feature) => shapeOf(feature, { renderer, ...SEAM, fill: false, interactive: false }));
  const outlined = (/** @type {Ranked} */ feature) =>
    shapeOf(feature, { renderer, ...LINE, ...AREA, stroke: isOutlinedAt(feature.properties.rank, zoom) });
  return { seams, shapes: new Map(features.map((feature) => [feature.properties.rank, outlined(feature)])) };
}

export class Shapes {
  /**
   * @param {L.Map} map
   * @param {Translate} translate
   * @param {StudyCells} study
   */
  constructor(map, translate, study) {
    this.map = map;
    this.translate = translate;
    this.study = study;
    this.canvas = L.canvas({ padding: 0.3 });
    this.stations = L.layerGroup().addTo(map);
    this.seams = L.layerGroup().addTo(map);
    this.gaps = L.layerGroup().addTo(map);
    this.sites = L.layerGroup().addTo(map);
    /** @type {Map<number, L.GeoJSON>} */
    this.gapShapes = new Map();
    /** @type {Map<number, L.Marker>} */
    this.siteMarkers = new Map();
    this.dots =
      study.stations.length > MANY
        ? new StationDots(map, study, this.stations, NEAR_ZOOM, (row, isSure) => this.station(row, isSure))
        : null;
    map.on("zoomend", () => this.fitZoom());
  }

  /** Bring the whole city into view. */
  fitCity() {
    this.map.options.zoomSnap = CITY_SNAP;
    this.map.fitBounds(boundsOf(this.study), { animate: false });
  }

  /** Draw finely from afar what is to be seen from near. */
  fitZoom() {
    const zoom = this.map.getZoom();
    this.stations.eachLayer((dot) => /** @type {L.CircleMarker} */ (dot).setStyle(dotAt(zoom)));
    for (const [rank, shape] of this.gapShapes) shape.setStyle({ stroke: isOutlinedAt(rank, zoom) });
  }

  /**
   * Show the stations that count; those that do so only possibly are hollow.
   * @param {{sure: number[], possible: number[]}} supply
   */
  showStations({ sure, possible }) {
    if (this.dots) return this.dots.show(sure, possible);
    this.stations.clearLayers();
    const surely = new Set(sure);
    for (const row of possible) this.station(row, surely.has(row)).addTo(this.stations);
  }

  /**
   * Return the dot of a station that tells its facts.
   * @param {number} row
   * @param {boolean} isSure whether it surely counts
   */
  station(row, isSure) {
    const { study, translate } = this;
    const at = L.latLng(study.stationLats[row], study.stationLons[row]);
    const style = {
      renderer: this.canvas,
      ...dotAt(this.map.getZoom()),
      color: "#15191d",
      fillColor: isSure ? "#15191d" : "#ffffff",
      fillOpacity: 1,
    };
    const { id, name } = study.stations[row];
    const facts = () =>
      element(
        "div",
        { class: "audit-facts" },
        element("p", {}, element("a", { href: `/s/${encodeURIComponent(id)}` }, element("bdi", {}, name))),
        element("p", {}, translate(isSure ? "audit.page.surely" : "audit.page.possibly")),
      );
    return L.circleMarker(at, style).bindPopup(facts, { autoPan: false });
  }

  /**
   * @param {import("../gaps.js").GapFeature[]} features of gaps, [] for none
   * @param {(gap: Gap) => HTMLElement} facts
   */
  showGaps(features, facts) {
    this.seams.clearLayers();
    this.gaps.clearLayers();
    const { seams, shapes } = gapShapes(features, this.canvas, this.map.getZoom());
    for (const seam of seams) seam.addTo(this.seams);
    for (const { properties } of features) {
      const shape = shapes.get(properties.rank);
      shape?.bindPopup(() => facts(properties)).addTo(this.gaps);
    }
    this.gapShapes = shapes;
  }

  /**
   * Bring a gap into view and tell its facts.
   * @param {number} rank
   */
  openGap(rank) {
    const shape = this.gapShapes.get(rank);
    if (!shape) return;
    this.comeIntoView();
    this.map.fitBounds(shape.getBounds(), { maxZoom: NEAREST_ZOOM, animate: false });
    shape.openPopup();
  }

  /**
   * Bring a proposed site into view and tell its facts.
   * @param {number} rank
   */
  openSite(rank) {
    const marker = this.siteMarkers.get(rank);
    if (!marker) return;
    this.comeIntoView();
    this.map.setView(marker.getLatLng(), NEAREST_ZOOM, { animate: false });
    marker.openPopup();
  }

  /** The table whose button was pressed may be far below the map. */
  comeIntoView() {
    this.map.getContainer().scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {Site[]} sites of a proposal
   * @param {(site: Site) => HTMLElement} facts
   */
  showSites(sites, facts) {
    this.sites.clearLayers();
    this.siteMarkers.clear();
    for (const site of sites) {
      const html = element("span", { class: "audit-site" }, String(site.rank));
      const title = this.translate("audit.page.site_name", { rank: site.rank });
      const icon = L.divIcon({ className: "audit-site-pin", html, iconSize: [28, 28] });
      const marker = L.marker([site.lat, site.lon], { icon, alt: title, title, keyboard: true });
      marker.bindPopup(() => facts(site)).addTo(this.sites);
      this.siteMarkers.set(site.rank, marker);
    }
  }
}
