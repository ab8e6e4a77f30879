/**
 * The ground under the map: streets, water, buildings and their names, drawn from vector tiles of our own server.
 *
 * This script stands only in pages of a server that has a ground, before the script of the shell, which then asks it
 * for the orientation layer: the ground lies on that, and leaves the map with it. So it is never mixed with a base map in
 * GCJ-02. What draws it comes when the map is first looked at.
 */

import { byId, element } from "../../shared/dom.js";
import { loaded } from "../../shared/library.js";
import { keepCity, savesData } from "./keep_city.js";
import { KeptTiles } from "./kept_tiles.js";
import { DAY, NIGHT } from "./palette.js";
import { labelRules, paintRules } from "./style.js";
import { TileSource } from "./tile_source.js";

/**
 * @typedef {{tiles: string, build: string, minZoom: number, maxZoom: number, bounds: import("./keep_city.js").Bounds,
 *   credit: string, creditUrl: string, library: string}} Options of the page
 * @typedef {{orientation: (options: object) => L.LayerGroup, ready: (map: L.Map, stations: L.LayerGroup) => void}} Asked
 */

const NEAR_ZOOM = 12; // from here on the ground's own names and land are drawn, and what is coarser makes way
const MAX_PIXEL_RATIO = 2; // a finer picture takes longer and looks the same
const PHONE_PIXEL_RATIO = 1.5; // a fifth less work for a slow phone, and names are still sharp enough
const REDRAW_MS = 5_000;
const QUIET_MS = 4_000; // after the map was drawn, until the rest of the city is fetched

class Ground {
  /**
   * @param {L.Map} map
   * @param {L.LayerGroup} below the layer on which it lies
   * @param {Options} options
   */
  constructor(map, below, options) {
    this.map = map;
    this.below = below;
    this.options = options;
    const [west, south, east, north] = options.bounds;
    this.bounds = L.latLngBounds([south, west], [north, east]);
    /** @type {ProtomapsLayer | null} */
    this.layer = null;
    this.isLoading = false;
    this.night = matchMedia("(prefers-color-scheme: dark)");
    this.source = new TileSource(options.tiles, new KeptTiles(options.build), () => this.redrawSoon());
    this.redrawing = 0;
  }

  /** Begin as soon as the map can be seen. */
  start() {
    const update = () => {
      if (this.isSeen()) void this.draw();
      this.makeWay();
    };
    this.map.on("moveend resize baselayerchange layeradd", update);
    update();
  }

  isSeen() {
    return this.map.getSize().x > 0 && this.map.hasLayer(this.below) && this.map.getBounds().intersects(this.bounds);
  }

  async draw() {
    if (this.layer || this.isLoading) return;
    this.isLoading = true;
    try {
      await loaded(this.options.library);
      this.layer = this.made();
      this.below.addLayer(this.layer);
      this.watchLook();
      this.makeWay();
    } catch {
      // The next look at the map may have more luck.
    }
    this.isLoading = false;
  }

  made() {
    const { options, source, bounds } = this;
    const { credit, creditUrl } = options;
    const isPhone = matchMedia("(pointer: coarse)").matches;
    const credited = creditUrl
      ? element("a", { href: creditUrl, rel: "noreferrer" }, credit)
      : element("span", {}, credit);
    const layer = protomapsL.leafletLayer({
      url: source,
      maxDataZoom: options.maxZoom,
      minZoom: options.minZoom + 1, // a tile of data is drawn as four
      maxZoom: this.map.getMaxZoom(),
      bounds,
      attribution: credited.outerHTML,
      lang: document.documentElement.lang,
      devicePixelRatio: Math.min(devicePixelRatio, isPhone ? PHONE_PIXEL_RATIO : MAX_PIXEL_RATIO),
      updateWhenZooming: false,
      tileDelay: 1,
      paintRules: paintRules(this.look()),
      labelRules: labelRules(this.look()),
    });
    withoutFading(layer, this.map);
    layer.once("load", () => setTimeout(() => this.keep(), QUIET_MS));
    return layer;
  }

  /** Keep the city on a rider's phone. */
  keep() {
    if (!document.body.classList.contains("page-finder") || savesData()) return;
    void keepCity(this.source, this.options.bounds, this.options.minZoom);
  }

  /** @returns {import("./style.js").Look} */
  look() {
    const { documentElement: root, body } = document;
    return {
      palette: this.night.matches ? NIGHT : DAY,
      isChinese: root.lang.startsWith("zh"),
      isLarge: root.classList.contains("is-large"),
      family: getComputedStyle(body).fontFamily,
    };
  }

  /** Draw anew by night and by day, and in large type. */
  watchLook() {
    let drawn = JSON.stringify(this.look());
    const update = () => {
      const look = this.look();
      if (!this.layer || JSON.stringify(look) === drawn) return;
      drawn = JSON.stringify(look);
      Object.assign(this.layer, { paintRules: paintRules(look), labelRules: labelRules(look) });
      this.layer.clearLayout();
      this.layer.rerenderTiles();
    };
    this.night.addEventListener?.("change", update);
    addEventListener("resize", update); // large_type.js announces a change by it
  }

  /** Draw what was missing, once. */
  redrawSoon() {
    clearTimeout(this.redrawing);
    this.redrawing = setTimeout(() => this.layer?.rerenderTiles(), REDRAW_MS);
  }

  /** Hide what the ground replaces: names of districts, and the note that nothing is drawn here. */
  makeWay() {
    const { map } = this;
    const isHere = Boolean(this.layer && map.hasLayer(this.layer) && this.bounds.contains(map.getCenter()));
    const classes = map.getContainer().parentElement?.classList;
    classes?.toggle("has-ground", isHere);
    classes?.toggle("has-streets", isHere && map.getZoom() >= NEAR_ZOOM);
  }
}

/**
 * Show each tile as soon as it is drawn: fading in is a dozen frames more for a slow phone.
 * @param {ProtomapsLayer} layer
 * @param {L.Map} map
 */
function withoutFading(layer, map) {
  const ready = layer._tileReady;
  layer._tileReady = (...given) => {
    const fades = map._fadeAnimated;
    map._fadeAnimated = false;
    ready.apply(layer, given);
    map._fadeAnimated = fades;
  };
}

/** @returns {Options} */
function optionsOfPage() {
  return JSON.parse(byId("ground").textContent ?? "");
}

const asked = /** @type {{stationmap: Asked}} */ (/** @type {unknown} */ (globalThis)).stationmap;
const { orientation: orientationLayer, ready } = asked;
/** @type {L.LayerGroup} */
let below;
Object.assign(asked, {
  orientation: (/** @type {object} */ options) => (below = orientationLayer(options)),
  ready: (/** @type {L.Map} */ map, /** @type {L.LayerGroup} */ stations) => {
    ready(map, stations);
    new Ground(map, below, optionsOfPage()).start();
  },
});
