/** Cells on the map: a picture painted dot by dot, since a city has more cells than a browser has patience for shapes. */

import { PixelPlaces } from "./pixel_places.js";

const WORLD_PX = 256; // of the whole world at zoom 0, as Leaflet has it
const OVERLAP_PX = 0.5;
const EQUATOR_M = 2 * Math.PI * 6378137;

/**
 * @typedef {Pick<import("../figures/document.js").StudyCells, "lons" | "lats" | "cellM">} CellPositions
 */

export class CellLayer {
  /**
   * @param {L.Map} map
   * @param {CellPositions} study
   */
  constructor(map, study) {
    this.map = map;
    this.cells = study;
    /** The colour of each cell as 0xAABBGGRR, 0 for none. */
    this.colours = new Uint32Array(study.lons.length);
    this.canvas = document.createElement("canvas");
    this.canvas.className = "audit-cells";
    const pane = map.getPane("cells") ?? map.createPane("cells");
    pane.style.zIndex = "350"; // above the base map, below shapes
    pane.append(this.canvas);
    this.places = new PixelPlaces(map, study.lons, study.lats);
    const paint = () => this.paint();
    this.listeners = { moveend: paint, viewreset: paint, resize: paint, zoomstart: () => (this.canvas.hidden = true) };
    map.on(this.listeners);
  }

  /** Leave the map. */
  remove() {
    this.map.off(this.listeners);
    this.canvas.remove();
  }

  /** Paint what is in view. */
  paint() {
    const { map, canvas, colours } = this;
    const size = map.getSize();
    if (!size.x || !size.y) return;
    this.places.place();
    const { xs, ys } = this.places;
    const { x: left, y: top } = /** @type {L.Point} */ (map.getPixelBounds().min);
    const pixels = new ImageData(size.x, size.y);
    const dots = new Uint32Array(pixels.data.buffer);
    const scale = 2 ** map.getZoom();
    // Neighbours overlap by a dot: rows of cells are not quite those of the map, and would leave slits.
    const half = this.halfPx(scale) + OVERLAP_PX;
    for (let cell = 0; cell < colours.length; cell++) {
      const x = xs[cell] * scale - left;
      const y = ys[cell] * scale - top;
      if (!colours[cell] || x < -half || y < -half || x > size.x + half || y > size.y + half) continue;
      const from = Math.max(Math.round(x - half), 0);
      const to = Math.min(Math.max(Math.round(x + half), from + 1), size.x);
      const end = Math.min(Math.max(Math.round(y + half), Math.round(y - half) + 1), size.y);
      for (let row = Math.max(Math.round(y - half), 0); row < end; row++)
        dots.fill(colours[cell], row * size.x + from, row * size.x + to);
    }
    canvas.width = size.x;
    canvas.height = size.y;
    canvas.getContext("2d", { willReadFrequently: true })?.putImageData(pixels, 0, 0);
    L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
    canvas.hidden = false;
  }

  /**
   * Return half the width of a cell on the screen.
   * @param {number} scale
   */
  halfPx(scale) {
    const { lats, cellM } = this.cells;
    const middle = lats[lats.length >> 1] * (Math.PI / 180);
    return ((cellM / Math.cos(middle)) * (WORLD_PX / EQUATOR_M) * scale) / 2;
  }
}
