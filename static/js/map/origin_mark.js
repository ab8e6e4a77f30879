/** The point the answer is for, on the map: its marker, the circle a position is within, and rings that show how far a station is. */

import { pointMarker, rings, roughly } from "./markers.js";

const RINGS_ZOOM = { from: 14, to: 15 }; // smaller, their names cover them; larger, their names are out of a phone's view

export class OriginMark {
  /**
   * @param {L.Map} map
   * @param {(metres: number) => string} ringName
   */
  constructor(map, ringName) {
    this.map = map;
    this.ringName = ringName;
    /** @type {L.Marker | null} */
    this.marker = null;
    this.rings = L.layerGroup();
    /** @type {L.Layer} */
    this.circle = L.layerGroup();
    map.on("zoomend", () => this.drawRings());
  }

  /**
   * Mark a point; one that is only about there has no rings, and a position the circle it is within.
   * @param {import("../finder/origin_picker.js").Origin} point
   * @param {string} name
   */
  show(point, name) {
    this.marker?.remove();
    this.marker = pointMarker(point, name).addTo(this.map);
    this.rings.remove();
    this.circle.remove();
    this.circle = roughly(point).addTo(this.map);
    const isAbout = point.note || point.code || point.isRough;
    this.rings = isAbout ? L.layerGroup() : rings(point, this.ringName);
    this.drawRings();
  }

  /** Return the element of the marker, if there is one. */
  element() {
    return this.marker?.getElement();
  }

  drawRings() {
    const zoom = this.map.getZoom();
    if (RINGS_ZOOM.from <= zoom && zoom <= RINGS_ZOOM.to) this.rings.addTo(this.map);
    else this.rings.remove();
  }
}
