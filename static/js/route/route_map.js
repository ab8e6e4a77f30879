/** A route on the map: where it ends, and the straight line there. */

import { element } from "../shared/dom.js";

/** @typedef {{lon: number, lat: number}} Point */

export class RouteMap {
  /** @param {import("../map/map_view.js").MapView} view */
  constructor(view) {
    this.view = view;
    /** @type {L.LayerGroup | null} */
    this.drawn = null;
    this.key = "";
  }

  /**
   * Draw a route once the map stands; what is drawn already stays.
   * @param {Point | null} from
   * @param {(Point & {name: string}) | null} to
   */
  show(from, to) {
    const map = this.view.layer?.map;
    const key = from && to ? [from.lon, from.lat, to.lon, to.lat].join() : "";
    if (!map || key === this.key) return;
    this.key = key;
    this.drawn?.remove();
    this.drawn = from && to ? drawing(from, to).addTo(map) : null;
  }

  /**
   * Bring a route into view.
   * @param {readonly Point[]} places
   */
  look(places) {
    this.view.layer?.look([...places], false);
  }
}

/**
 * @param {Point} from
 * @param {Point & {name: string}} to
 */
function drawing(from, to) {
  const icon = L.divIcon({ className: "pin", html: element("span", { class: "goal" }), iconSize: [32, 32] });
  const end = L.marker([to.lat, to.lon], {
    icon,
    keyboard: false,
    interactive: false,
    alt: to.name,
    zIndexOffset: 1000,
  });
  const ends = /** @type {L.LatLngExpression[]} */ ([
    [from.lat, from.lon],
    [to.lat, to.lon],
  ]);
  return L.layerGroup([L.polyline(ends, { className: "route-line", interactive: false }), end]);
}
