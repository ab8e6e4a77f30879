/**
 * Layers that Python puts on any Folium map (stationmap/folium): drawn by the modules of the audit's page, from JSON.
 * Every text of the data becomes a text node.
 */

import { BANDS, paintBands } from "../audit/map/colours.js";
import { degrees } from "../audit/figures/document.js";
import { CellLayer } from "../audit/map/layer.js";
import { dotAt, gapShapes, isOutlinedAt } from "../audit/map/shapes.js";
import { facts } from "../audit/table_columns.js";
import { element } from "../shared/dom.js";

/**
 * @typedef {{title: string, lines: [sign: string, colour: string, text: string][], note: string}} Key what the colours of a layer mean
 * @typedef {{heading: string, facts: [string, string][]}} Facts of a popup
 */

const NARROW_PX = 600; // where the key is closed until somebody opens it
/** @type {L.PopupOptions} */
const POPUP = { maxWidth: 280, autoPanPaddingTopLeft: [64, 8] }; // beside the buttons of the zoom

Object.assign(globalThis, { stationmapLayers: { stations, coverage, gaps } });

/**
 * Return stations as dots: full, or hollow.
 * @param {{lons: number[], lats: number[], colours: string[], isHollow: boolean[], facts: Facts[], key: Key}} data
 */
function stations({ lons, lats, colours, isHollow, facts, key }) {
  const renderer = L.canvas({ padding: 0.3 });
  const dots = facts.map((each, row) => {
    const fillColor = isHollow[row] ? "#ffffff" : colours[row];
    const dot = L.circleMarker([lats[row], lons[row]], {
      renderer,
      ...dotAt(0),
      color: colours[row],
      fillColor,
      fillOpacity: 1,
    });
    return withPopup(dot, each).bindTooltip(() => element("bdi", {}, each.heading));
  });
  const layer = L.layerGroup(dots);
  return withKey(
    zooming(layer, (zoom) => dots.map((dot) => dot.setStyle(larger(dotAt(zoom))))),
    key,
  );
}

/**
 * Return cells in the colours of their bands.
 * @param {{count: number, cellM: number, columns: string, key: Key}} data `columns`: bands, and second differences of
 *   degrees, compressed and in base64
 */
function coverage({ count, cellM, columns, key }) {
  const unpacked = inflated(columns);
  /** @type {CellLayer | null} */
  let drawn = null;
  const Cells = L.Layer.extend({
    onAdd(/** @type {L.Map} */ map) {
      void unpacked.then((data) => {
        if (!map.hasLayer(layer) || drawn) return;
        const column = (/** @type {number} */ at) => degrees(new Float64Array(data, at * 8 * count, count));
        drawn = new CellLayer(map, { lons: column(0), lats: column(1), cellM });
        paintBands(drawn.colours, new Uint8Array(data, 16 * count, count));
        drawn.paint();
      });
    },
    onRemove() {
      drawn?.remove();
      drawn = null;
    },
  });
  const layer = new Cells();
  return withKey(layer, { ...key, lines: key.lines.map(([sign, , text], band) => [sign, BANDS[band], text]) });
}

/**
 * Return gaps with their outlines, a popup each.
 * @param {{features: import("../audit/map/shapes.js").Ranked[], facts: Facts[], key: Key}} data
 */
function gaps({ features, facts, key }) {
  const { seams, shapes } = gapShapes(features, L.canvas({ padding: 0.3 }), 0);
  for (const [row, shape] of [...shapes.values()].entries()) withPopup(shape, facts[row]);
  const layer = L.layerGroup([...seams, ...shapes.values()]);
  const outline = (/** @type {number} */ zoom) => {
    for (const [rank, shape] of shapes) shape.setStyle({ stroke: isOutlinedAt(rank, zoom) });
  };
  return withKey(zooming(layer, outline), key);
}

/**
 * Give a shape a popup with its facts.
 * @template {L.Layer} Shape
 * @param {Shape} shape
 * @param {Facts} content
 */
function withPopup(shape, { heading, facts: rows }) {
  return shape.bindPopup(() => facts(heading, rows), POPUP);
}

/**
 * Make dots large enough to be clicked: unlike on the audit's page there is no table beside the map.
 * @param {{radius: number, weight: number}} dot
 */
function larger({ radius, weight }) {
  return { radius: radius + 2, weight };
}

/**
 * Let a layer follow the zoom of the map it is on.
 * @template {L.Layer} Layer
 * @param {Layer} layer
 * @param {(zoom: number) => void} fit
 */
function zooming(layer, fit) {
  /** @type {L.Map} */
  let map;
  const listen = () => fit(map.getZoom());
  layer.on("add", () => {
    map = mapOf(layer);
    map.on("zoomend", listen);
    map.whenReady(listen);
  });
  layer.on("remove", () => map.off("zoomend", listen));
  return layer;
}

/**
 * Show the key of a layer while the layer is on the map.
 * @param {L.Layer} layer
 * @param {Key} key
 */
function withKey(layer, { title, lines, note }) {
  const control = new L.Control({ position: "bottomleft" });
  control.onAdd = (map) => {
    const box = element(
      "details",
      { class: "stationmap-key", open: map.getSize().x > NARROW_PX },
      element("summary", {}, title),
      element("ul", {}, ...lines.map(([sign, colour, text]) => element("li", {}, swatch(sign, colour), text))),
      note ? element("p", {}, note) : null,
    );
    L.DomEvent.disableClickPropagation(box);
    return box;
  };
  layer.on("add", () => control.addTo(mapOf(layer)));
  layer.on("remove", () => control.remove());
  return layer;
}

/**
 * Return the map that a layer is on.
 * @param {L.Layer} layer
 */
function mapOf(layer) {
  return /** @type {{_map: L.Map}} */ (/** @type {unknown} */ (layer))._map;
}

/**
 * @param {string} sign
 * @param {string} colour
 */
function swatch(sign, colour) {
  const made = element("span", { class: `audit-swatch is-${sign}`, "aria-hidden": "true" });
  if (sign === "ring") made.style.borderColor = colour;
  else if (sign !== "outline") made.style.backgroundColor = colour;
  return made;
}

/**
 * @param {string} base64 of zlib's form
 */
function inflated(base64) {
  const packed = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
}
