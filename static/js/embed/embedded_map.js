/** The map of a frame: the stations of the answer, as the finder draws them, and a card of each. */

import { cardOf } from "./station_card.js";
import { menu, watchImages } from "../map/base_map_choice.js";
import { clustersOf, featuresIn, keyOf, SINGLE_ZOOM } from "../map/clusters.js";
import { enter, inOrder, passFocus, watchFocus } from "../map/map_keyboard.js";
import { clusterMarker, stationMarker } from "../map/markers.js";
import { element, setChildren } from "../shared/dom.js";
import { translatorOf } from "../shared/translate.js";

/**
 * @typedef {import("./page_data.js").Point} Point
 * @typedef {import("./page_data.js").Embedded} Embedded
 */

const MARGIN = 0.15; // of the view, drawn beyond its edges
const PADDING_PX = 28;
const DRAWN_ZOOM = 13; // as far as our own ground shows where something is
const [CARD_PX, CARD_MIN_PX] = [300, 200];
const CARD_EDGE_PX = 56; // what stands around it

export class EmbeddedMap {
  /**
   * @param {import("../map/base_map.js").Shell} shell
   * @param {Embedded} data
   */
  constructor({ map, stations }, data) {
    this.map = map;
    this.layer = stations;
    this.data = data;
    this.translate = translatorOf(data.words);
    this.clusters = clustersOf([]);
    /** @type {Map<string, L.Marker>} */
    this.drawn = new Map();
    map.options.zoomSnap = 0.5; // a frame is small: the next whole zoom would leave half of it empty
    map.scrollWheelZoom.disable(); // whoever scrolls the page around it would be caught
    map.on("focus click", () => map.scrollWheelZoom.enable());
    map.on("moveend", () => this.draw());
    map.on("popupopen", ({ popup }) => {
      popup.getElement()?.querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", data.words.close);
      enter(popup);
    });
    addEventListener("resize", () => map.invalidateSize({ animate: false }));
    watchFocus(map.getContainer());
    menu(map, data.words.ground);
    watchImages(map, { baseMapFails: data.words.ground_fails, ownBaseMap: data.words.own_ground });
    this.look();
    this.show(data.points);
  }

  /** Bring into view what the address asks for, else all stations of the answer. */
  look() {
    const { bounds, centre, points } = this.data;
    if (centre) return this.map.setView([centre[1], centre[0]], centre[2], { animate: false });
    /** @type {[number, number][]} */
    const places = bounds
      ? [
          [bounds[1], bounds[0]],
          [bounds[3], bounds[2]],
        ]
      : points.map(([, lon, lat]) => [lat, lon]);
    const padding = /** @type {[number, number]} */ ([PADDING_PX, PADDING_PX]);
    // Without streets there is nothing to see near by.
    const maxZoom = document.getElementById("ground") ? SINGLE_ZOOM : DRAWN_ZOOM;
    this.map.fitBounds(L.latLngBounds(places), { padding, maxZoom, animate: false });
  }

  /**
   * Show these stations instead of the last ones.
   * @param {Point[]} points
   */
  show(points) {
    const shown = points.map(([id, lon, lat, category, state, name]) => {
      const station = /** @type {import("../rider/feed.js").Station} */ ({ id, lon, lat, category, name });
      return { station, state };
    });
    this.clusters = clustersOf(shown);
    for (const [key, marker] of this.drawn) if (!marker.isPopupOpen()) this.remove(key, marker);
    this.draw();
  }

  draw() {
    const view = this.map.getBounds();
    const features = featuresIn(this.clusters, view.pad(MARGIN), this.map.getZoom());
    const wanted = new Map(features.map((found) => [keyOf(found), found]));
    /** @type {L.Marker | null} */
    let held = null;
    for (const [key, marker] of this.drawn) {
      if (wanted.has(key) || marker.isPopupOpen()) continue;
      if (marker.getElement() === document.activeElement) held = marker;
      else this.remove(key, marker);
    }
    for (const [key, found] of wanted)
      if (!this.drawn.has(key)) this.drawn.set(key, this.markerOf(found).addTo(this.layer));
    const pane = /** @type {HTMLElement} */ (this.map.getPane("markerPane"));
    const standing = [...this.drawn.values()].filter((marker) => marker !== held);
    const stops = inOrder(pane, standing, view);
    if (!held) return;
    passFocus(held, stops, this.map.getContainer());
    for (const [key, marker] of this.drawn) if (marker === held) this.remove(key, marker);
  }

  /**
   * @param {string} key
   * @param {L.Marker} marker
   */
  remove(key, marker) {
    this.drawn.delete(key);
    this.layer.removeLayer(marker);
  }

  /**
   * @param {import("../map/clusters.js").Feature} found
   */
  markerOf({ id, geometry, properties }) {
    if (properties.cluster) {
      const [lon, lat] = geometry.coordinates;
      const { point_count: count, open } = properties;
      const name = this.translate("cluster", { count, open });
      return clusterMarker(lon, lat, count, open, name).on("click", () =>
        this.map.setView([lat, lon], Math.min(this.clusters.getClusterExpansionZoom(Number(id)), SINGLE_ZOOM + 1)),
      );
    }
    const { shown } = properties;
    const { name, category } = shown.station;
    const state = this.translate(shown.state);
    const said = this.translate("marker", { name, category: this.translate(`category.${category}`), state });
    const box = element("div", { class: "popup" }, element("h2", {}, element("bdi", {}, name)));
    return stationMarker(shown, said)
      .bindPopup(
        ({ _popup: { options } }) => {
          options.maxWidth = Math.min(CARD_PX, this.map.getSize().x - CARD_EDGE_PX);
          options.minWidth = Math.min(CARD_MIN_PX, options.maxWidth);
          return box;
        },
        { autoPanPadding: [16, 16] },
      )
      .on("popupopen", ({ popup }) => this.fill(box, popup, shown.station.id));
  }

  /**
   * Let a popup, which begins with the name, say the rest as soon as that is there.
   * @param {HTMLElement} box
   * @param {L.Popup} popup
   * @param {string} id
   */
  async fill(box, popup, id) {
    try {
      setChildren(box, await cardOf(id, this.data.one));
    } catch {
      setChildren(box, [box.firstElementChild ?? "", element("p", { class: "late" }, this.translate("failed"))]);
    }
    popup.update();
  }
}
