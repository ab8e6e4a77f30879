/** The stations on the map: clusters and markers of what is in view, and nothing else in the page. */

import { layerClosed, layerOpened } from "../finder/history_layers.js";
import { shell } from "./base_map.js";
import { menu, watchImages } from "./base_map_choice.js";
import { enter, inOrder, passFocus, watchFocus } from "./map_keyboard.js";
import { clusterMarker, pointMarker, restate, rings, roughly, stationMarker } from "./markers.js";

/**
 * @typedef {import("../rider/feed.js").Station} Station
 * @typedef {import("../rider/hours.js").State} State
 * @typedef {L.Marker & {shown?: Shown}} StationMarker
 * @typedef {{open: number, row: number, cluster?: undefined}} Single a station by its row among those shown
 * @typedef {supercluster.PointFeature<Single> | supercluster.ClusterFeature<{open: number}>} Feature one or many
 * @typedef {{station: Station, state: State}} Shown `state`: that on arrival, unknown where it is in doubt
 *
 * @typedef {{lon: number, lat: number, zoom: number, id: string}} Sight the middle of the view; `id`: of the station whose popup is open
 *
 * @typedef {object} Options
 * @property {(shown: Shown) => string} nameOf what a marker is called
 * @property {(count: number, open: number) => string} clusterName
 * @property {(metres: number) => string} ringName
 * @property {(shown: Shown, beside: Shown[]) => HTMLElement} detailsOf the content of a popup, and what is hard to touch beside it
 * @property {(point: {lon: number, lat: number, isRough: boolean}) => void} onPoint the rider tapped the map
 * @property {string} baseMapMenuName what the menu of base maps is called
 * @property {string} closeName
 * @property {string} baseMapFails shown when no image of a base map loads
 * @property {string} ownBaseMap the way back to our own
 */

const CLUSTER_RADIUS_PX = 64;
const RINGS_ZOOM = { from: 14, to: 15 }; // smaller, their names cover them; larger, their names are out of a phone's view
const SINGLE_ZOOM = 16; // from here on every station stands alone
const POPUP = { maxWidth: 300, minWidth: 240 };
const POPUP_EDGE_PX = 64; // what stands around its text, and some of the map on either side
const NARROW_PX = 600; // where the controls above make way for a popup
const MARGIN = 0.15; // of the view, drawn beyond its edges
const PADDING_PX = 24;
const TOUCH_PX = 30; // a finger cannot hit one of markers nearer to each other
const ROUGH_M = 200; // a tap that may be off by more is only about there

/** The map with its stations; made by `attach`. */
export class StationLayer {
  /**
   * @param {L.Map} map
   * @param {L.LayerGroup} layer
   * @param {Options} options
   */
  constructor(map, layer, options) {
    this.map = map;
    this.layer = layer;
    this.options = options;
    /** @type {Shown[]} */
    this.shown = [];
    /** @type {Map<string, StationMarker>} */
    this.drawn = new Map();
    this.clusters = clustersOf([]);
    this.point = null;
    this.rings = L.layerGroup();
    /** @type {L.Layer} */
    this.circle = L.layerGroup();
    /** @type {(() => void) | null} to look somewhere, once the map can be seen */
    this.later = null;
    map.on("popupopen", ({ popup }) => {
      popup.getElement()?.querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", options.closeName);
      enter(popup);
      layerOpened("popup", () => map.closePopup());
    });
    // Another popup may be about to take its place.
    map.on("popupclose", () => setTimeout(() => map._popup?.isOpen() || layerClosed("popup")));
    map.on("moveend", () => this.draw());
    map.on("zoomend", () => this.drawRings());
    // The first tap beside something open closes that and does nothing else.
    let closes = false;
    map.on("preclick", () => {
      closes = this.hasOpen();
      setTimeout(() => (closes = false));
    });
    map.on("click", ({ latlng }) => {
      if (closes) return;
      const { lng, lat } = latlng.wrap();
      const [at, beside] = [0, TOUCH_PX / 2].map((x) =>
        map.containerPointToLatLng(map.latLngToContainerPoint(latlng).add([x, 0])),
      );
      options.onPoint({ lon: lng, lat, isRough: at.distanceTo(beside) > ROUGH_M });
    });
    watchFocus(map.getContainer());
    menu(map, options.baseMapMenuName);
    watchImages(map, options);
  }

  /**
   * Show these stations instead of the last ones.
   * @param {Shown[]} shown
   */
  show(shown) {
    this.shown = shown;
    this.clusters = clustersOf(shown);
    this.draw();
  }

  /** Draw what is in view: what already stands there stays, so that focus and popups do. */
  draw() {
    const view = this.map.getBounds();
    const bounds = view.pad(MARGIN);
    /** @type {[number, number, number, number]} */
    const box = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    /** @type {Map<string, Feature>} */
    const wanted = new Map(
      this.clusters
        .getClusters(box, Math.round(this.map.getZoom()))
        .sort(fromTheTop)
        .map((found) => [this.keyOf(found), found]),
    );
    let held = null;
    for (const [key, marker] of this.drawn) {
      if (wanted.has(key) || marker.isPopupOpen()) continue;
      this.drawn.delete(key);
      if (marker.getElement() === document.activeElement) held = marker;
      else this.layer.removeLayer(marker);
    }
    for (const [key, found] of wanted) {
      const marker = this.drawn.get(key);
      if (marker) this.bringUpToDate(marker, found);
      else this.drawn.set(key, this.markerOf(found).addTo(this.layer));
    }
    const pane = /** @type {HTMLElement} */ (this.map.getPane("markerPane"));
    if (this.point) pane.append(/** @type {HTMLElement} */ (this.point.getElement())); // no stop, and none after it
    const stops = inOrder(pane, [...this.drawn.values()], view);
    if (!held) return;
    passFocus(held, stops, this.map.getContainer());
    this.layer.removeLayer(held);
  }

  /**
   * Let a marker that stands show what is known now; it stays the same element, which may have the focus.
   * @param {StationMarker} marker
   * @param {Feature} found
   */
  bringUpToDate(marker, { properties }) {
    const shown = this.shown[/** @type {Single} */ (properties).row]; // there is none of a cluster
    const isSame = !shown || marker.shown?.state === shown.state;
    marker.shown = shown;
    if (!isSame) restate(marker, shown, this.options.nameOf(shown));
  }

  /**
   * @param {Feature} found a cluster or a station, as supercluster has it
   */
  markerOf({ id, geometry, properties }) {
    if (properties.cluster) {
      const [lon, lat] = geometry.coordinates;
      const { point_count: count, open } = properties;
      const marker = clusterMarker(lon, lat, count, open, this.options.clusterName(count, open));
      return marker.on("click", () =>
        this.map.setView([lat, lon], Math.min(this.clusters.getClusterExpansionZoom(Number(id)), SINGLE_ZOOM + 1)),
      );
    }
    const shown = this.shown[properties.row];
    /** @type {StationMarker} */
    const marker = stationMarker(shown, this.options.nameOf(shown));
    marker.shown = shown;
    return marker.bindPopup(({ _popup: { options } }) => {
      const width = this.map.getSize().x;
      options.maxWidth = Math.min(POPUP.maxWidth, width - POPUP_EDGE_PX);
      options.minWidth = Math.min(POPUP.minWidth, options.maxWidth);
      options.autoPanPaddingTopLeft = [16, width < NARROW_PX ? 16 : 64];
      options.autoPanPaddingBottomRight = [16, this.map.getSize().y - this.map._controlCorners.bottomright.offsetTop];
      return this.options.detailsOf(marker.shown ?? shown, this.beside(marker));
    }, POPUP);
  }

  /**
   * Return the stations whose markers are so near to one that a finger cannot choose.
   * @param {StationMarker} marker
   * @returns {Shown[]}
   */
  beside(marker) {
    const at = this.map.latLngToContainerPoint(marker.getLatLng());
    const isNear = (/** @type {StationMarker} */ other) =>
      other !== marker && other.shown && at.distanceTo(this.map.latLngToContainerPoint(other.getLatLng())) < TOUCH_PX;
    return [...this.drawn.values()].filter(isNear).flatMap(({ shown }) => shown ?? []);
  }

  /** Tell whether something is open on the map that a tap beside it closes. */
  hasOpen() {
    const isExpanded = this.map.getContainer().querySelector(".leaflet-control-layers-expanded");
    return Boolean(this.map._popup?.isOpen() || isExpanded);
  }

  /**
   * Ask something at a point of the map.
   * @param {{lon: number, lat: number}} point
   * @param {HTMLElement} content
   */
  ask({ lon, lat }, content) {
    L.popup({ ...POPUP, minWidth: 0 })
      .setLatLng([lat, lon])
      .setContent(content)
      .openOn(this.map);
  }

  /**
   * Mark the point the answer is for; one that is only about there has no rings, and a position the circle it is within.
   * @param {import("../finder/origin_picker.js").Origin} point
   * @param {string} name
   */
  mark(point, name) {
    this.point?.remove();
    this.point = pointMarker(point, name).addTo(this.map);
    this.rings.remove();
    this.circle.remove();
    this.circle = roughly(point).addTo(this.map);
    const isAbout = point.note || point.code || point.isRough;
    this.rings = isAbout ? L.layerGroup() : rings(point, this.options.ringName);
    this.drawRings();
  }

  /** @returns {Sight} */
  sight() {
    const { lat, lng } = this.map.getCenter();
    const open = [...this.drawn.values()].find((marker) => marker.isPopupOpen());
    return { lon: lng, lat, zoom: this.map.getZoom(), id: open?.shown?.station.id ?? "" };
  }

  /**
   * Look at what was looked at before.
   * @param {Sight} sight
   */
  see({ lon, lat, zoom }) {
    this.map.setView([lat, lon], zoom, { animate: false });
  }

  /**
   * Open the popup of a station where its marker stands.
   * @param {string} id
   */
  openAt(id) {
    this.drawn.get(`station ${id}`)?.openPopup();
  }

  drawRings() {
    const zoom = this.map.getZoom();
    if (RINGS_ZOOM.from <= zoom && zoom <= RINGS_ZOOM.to) this.rings.addTo(this.map);
    else this.rings.remove();
  }

  /**
   * Bring some places into view, around the first of them if it is the centre.
   * @param {{lon: number, lat: number}[]} places
   * @param {boolean} isCentred
   */
  look(places, isCentred) {
    if (!this.isVisible()) {
      this.later = () => this.look(places, isCentred);
      return;
    }
    const [{ lon, lat }] = places;
    const across = isCentred ? places.map((place) => ({ lon: 2 * lon - place.lon, lat: 2 * lat - place.lat })) : [];
    const bounds = L.latLngBounds([...places, ...across].map((place) => [place.lat, place.lon]));
    // What stands at the lower edge of a phone leaves no view there.
    const edge = parseFloat(getComputedStyle(this.map._controlCorners.bottomleft).bottom) || 0;
    this.map.fitBounds(bounds, {
      paddingTopLeft: [PADDING_PX, PADDING_PX],
      paddingBottomRight: [PADDING_PX, PADDING_PX + edge],
      maxZoom: SINGLE_ZOOM,
      animate: false,
    });
  }

  /**
   * Open the popup of a station.
   * @param {Station} station
   */
  open(station) {
    this.map.setView([station.lat, station.lon], Math.max(this.map.getZoom(), SINGLE_ZOOM), { animate: false });
    this.openAt(station.id);
  }

  /**
   * Return what tells one marker from another: a station's is always the same, clusters with equal keys look alike.
   * @param {Feature} found
   * @returns {string}
   */
  keyOf({ id, geometry, properties }) {
    if (!properties.cluster) return `station ${this.shown[properties.row].station.id}`;
    const { point_count: count, open } = properties;
    return `cluster ${id} ${count} ${open} ${geometry.coordinates}`;
  }

  /** Take note that the map's place on the page changed. */
  resized() {
    const before = this.map.getSize();
    this.map.invalidateSize({ animate: false });
    if (this.isVisible()) {
      this.later?.();
      this.later = null;
    }
    this.draw();
    // A phone that was turned has another room for what is open.
    const { _popup: open } = this.map;
    if (!open?.isOpen() || !before.x || !this.isVisible() || before.equals(this.map.getSize())) return;
    const shown = /** @type {HTMLElement} */ (open.getElement());
    const hadFocus = shown.contains(document.activeElement);
    open.update();
    if (!hadFocus) return;
    shown.tabIndex = -1;
    shown.focus({ preventScroll: true });
  }

  isVisible() {
    return this.map.getSize().x > 0;
  }
}

/**
 * Attach to the map of the Folium shell, once it stands.
 * @param {Options} options
 * @returns {Promise<StationLayer>}
 */
export async function attach(options) {
  const { map, stations } = await shell;
  return new StationLayer(map, stations, options);
}

/**
 * @param {Feature} a
 * @param {Feature} b
 */
function fromTheTop({ geometry: { coordinates: a } }, { geometry: { coordinates: b } }) {
  return b[1] - a[1] || a[0] - b[0];
}

/**
 * @param {Shown[]} shown
 */
function clustersOf(shown) {
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
