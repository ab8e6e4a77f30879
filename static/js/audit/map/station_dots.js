/**
 * Stations of a registry too large to be shapes: from afar painted dot by dot, and near by only those in view are shapes
 * that can be opened. Which ones count is known here and not in the tiles of the finder's map.
 */

import { PixelPlaces } from "./pixel_places.js";

/** @typedef {(row: number, isSure: boolean) => L.CircleMarker} MakeShape */

const MOST_SHAPES = 1_000; // that a canvas of shapes draws without delay
const COUNTRY_ZOOM = 3; // where all of it is in view
const DARK = 0xff191d15;
const LIGHT = 0xffffffff;
/** From where to where a dot reaches around its middle: one that surely counts, one that possibly does, its light inside. */
const SIZES = /** @type {const} */ ({
  far: { sure: [0, 1], outer: [-1, 1], inner: [0, 0] },
  near: { sure: [-3, 3], outer: [-3, 3], inner: [-2, 2] },
});

export class StationDots {
  /**
   * @param {L.Map} map
   * @param {{stationLons: Float64Array, stationLats: Float64Array}} study
   * @param {L.LayerGroup} shapes
   * @param {number} nearZoom from here on stations can be told apart
   * @param {MakeShape} make
   */
  constructor(map, { stationLons, stationLats }, shapes, nearZoom, make) {
    this.map = map;
    this.shapes = shapes;
    this.nearZoom = nearZoom;
    this.make = make;
    this.places = new PixelPlaces(map, stationLons, stationLats);
    /** @type {readonly number[]} */
    this.possible = [];
    /** @type {Set<number>} */
    this.sure = new Set();
    /** @type {Map<number, L.CircleMarker>} */
    this.drawn = new Map();
    this.canvas = document.createElement("canvas");
    map.setMinZoom(COUNTRY_ZOOM);
    const pane = map.createPane("dots");
    pane.style.zIndex = "390"; // above cells, below gaps
    pane.style.pointerEvents = "none";
    pane.append(this.canvas);
    const draw = () => this.draw();
    map.on({ moveend: draw, viewreset: draw, resize: draw, zoomstart: () => (this.canvas.hidden = true) });
  }

  /**
   * @param {readonly number[]} sure rows of the stations that surely count
   * @param {readonly number[]} possible rows of those that possibly do, with these
   */
  show(sure, possible) {
    this.sure = new Set(sure);
    this.possible = possible;
    this.shapes.clearLayers();
    this.drawn.clear();
    this.draw();
  }

  draw() {
    const size = this.map.getSize();
    if (!size.x || !size.y) return;
    this.places.place();
    const { rows, xs, ys } = this.inView(size);
    const isNear = this.map.getZoom() >= this.nearZoom;
    const areShapes = isNear && rows.length <= MOST_SHAPES;
    this.drawShapes(areShapes ? rows : []);
    this.canvas.hidden = areShapes;
    if (!areShapes) this.paint(size, rows, xs, ys, isNear ? SIZES.near : SIZES.far);
  }

  /**
   * Return the stations in view that count, and where they lie in it.
   * @param {L.Point} size
   */
  inView(size) {
    const { xs, ys } = this.places;
    const { x: left, y: top } = /** @type {L.Point} */ (this.map.getPixelBounds().min);
    const scale = 2 ** this.map.getZoom();
    const [, edge] = SIZES.near.outer;
    /** @type {{rows: number[], xs: number[], ys: number[]}} */
    const found = { rows: [], xs: [], ys: [] };
    for (const row of this.possible) {
      const [x, y] = [xs[row] * scale - left, ys[row] * scale - top];
      if (x < -edge || y < -edge || x > size.x + edge || y > size.y + edge) continue;
      found.rows.push(row);
      found.xs.push(Math.round(x));
      found.ys.push(Math.round(y));
    }
    return found;
  }

  /**
   * Let these be shapes, and no others: those that are already stay, so that what is open does.
   * @param {readonly number[]} rows
   */
  drawShapes(rows) {
    const wanted = new Set(rows);
    for (const [row, shape] of this.drawn) {
      if (wanted.has(row) || shape.isPopupOpen()) continue;
      this.shapes.removeLayer(shape);
      this.drawn.delete(row);
    }
    for (const row of rows)
      if (!this.drawn.has(row)) this.drawn.set(row, this.make(row, this.sure.has(row)).addTo(this.shapes));
  }

  /**
   * @param {L.Point} size
   * @param {readonly number[]} rows
   * @param {readonly number[]} xs
   * @param {readonly number[]} ys
   * @param {SIZES[keyof SIZES]} reach of dots
   */
  paint(size, rows, xs, ys, reach) {
    const { map, canvas, sure } = this;
    const pixels = new ImageData(size.x, size.y);
    const dots = new Uint32Array(pixels.data.buffer);
    const square = (
      /** @type {number} */ at,
      /** @type {readonly [number, number]} */ [first, last],
      /** @type {number} */ colour,
    ) => {
      const [from, to] = [Math.max(xs[at] + first, 0), Math.min(xs[at] + last + 1, size.x)];
      if (from >= to) return;
      for (let y = Math.max(ys[at] + first, 0); y <= Math.min(ys[at] + last, size.y - 1); y++)
        dots.fill(colour, y * size.x + from, y * size.x + to);
    };
    for (let at = 0; at < rows.length; at++) {
      const isSure = sure.has(rows[at]);
      square(at, isSure ? reach.sure : reach.outer, DARK);
      if (!isSure) square(at, reach.inner, LIGHT);
    }
    canvas.width = size.x;
    canvas.height = size.y;
    canvas.getContext("2d", { willReadFrequently: true })?.putImageData(pixels, 0, 0);
    L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
  }
}
