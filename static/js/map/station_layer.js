/** The stations on the map: clusters and markers of what is in view, and nothing else in the page. */

import { shell } from "./base_map.js";
import { menu, watchImages } from "./base_map_choice.js";
import { clustersOf, featuresIn, keyOf, SINGLE_ZOOM } from "./clusters.js";
import { inOrder, passFocus, watchFocus } from "./map_keyboard.js";
import { clusterMarker, restate, stationMarker } from "./markers.js";
import { OriginMark } from "./origin_mark.js";
import { fitPopup, POPUP, watchPopups } from "./popups.js";

/**
 * @typedef {import("../rider/feed.js").Station} Station
 * @typedef {import("../rider/hours.js").State} State
 * @typedef {L.Marker & {shown?: Shown}} StationMarker
 * @typedef {import("./clusters.js").Feature} Feature
 * @typedef {{station: Station, state: State, isOfTile?: boolean}} Shown `state`: that on arrival, unknown where it is in
 *   doubt; `isOfTile`: this is all that is known of it, and its state is that of a moment (map/tiled)
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
    /** @type {Map<string, StationMarker>} */
    this.drawn = new Map();
    this.groupsOf = clustersOf;
    this.groups = clustersOf([]);
    this.origin = new OriginMark(map, options.ringName);
    /** @type {(() => void) | null} to look somewhere, once the map can be seen */
    this.later = null;
    watchPopups(map, options.closeName);
    map.on("moveend", () => this.draw());
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
    this.groups = this.groupsOf(shown);
    this.draw();
  }

  /** Draw what is in view: what already stands there stays, so that focus and popups do. */
  draw() {
    const view = this.map.getBounds();
    const features = featuresIn(this.groups, view.pad(MARGIN), this.map.getZoom());
    const wanted = new Map(features.map((found) => [keyOf(found), found]));
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
    const origin = this.origin.element();
    if (origin) pane.append(origin); // no stop, and none after it
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
  bringUpToDate(marker, { properties: { shown } }) {
    if (!shown) return; // a cluster, whose key says all of it
    marker.shown = shown;
    restate(marker, shown, this.options.nameOf(shown));
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
        this.map.setView([lat, lon], Math.min(this.groups.getClusterExpansionZoom(Number(id)), SINGLE_ZOOM + 1)),
      );
    }
    const { shown } = properties;
    /** @type {StationMarker} */
    const marker = stationMarker(shown, this.options.nameOf(shown));
    marker.shown = shown;
    return marker.bindPopup(({ _popup: { options } }) => {
      fitPopup(options, this.map);
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
