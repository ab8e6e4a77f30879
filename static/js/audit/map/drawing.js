/** What people draw on the map with Folium's tools: one area of study, and lines that tell their length. */

import * as words from "../figure_text.js";
import { byId, element } from "../../shared/dom.js";
import { arcM, ecef } from "../../shared/geodesy.js";

/** @typedef {import("../figures/area.js").Ring} Ring */

export class Drawn {
  /**
   * @param {any} map
   * @param {any} group that the tools draw on
   * @param {import("../../shared/translate.js").Words} say
   * @param {() => void} onArea an area came or went
   */
  constructor(map, group, say, onArea) {
    this.group = group;
    this.say = say;
    this.onArea = onArea;
    /** @type {any} the shape of the area, if there is one */
    this.shape = null;
    map.on("draw:created", (/** @type {any} */ { layer, layerType }) => {
      if (layerType === "polyline") this.measure(layer);
      else this.take(layer);
    });
    map.on("draw:deleted", (/** @type {any} */ { layers }) => {
      if (this.shape && layers.hasLayer(this.shape)) this.forget();
    });
    map.on("locationerror", () => (byId("area").textContent = say("audit.control.no_position")));
    map.on("locationfound", onArea);
    byId("area-remove").addEventListener("click", () => {
      this.forget();
      map.getContainer().focus(); // the button is gone
    });
  }

  /** The corners of the area; null without one. @returns {Ring | null} */
  get ring() {
    const corner = (/** @type {{lng: number, lat: number}} */ { lng, lat }) =>
      /** @type {[number, number]} */ ([lng, lat]);
    return this.shape?.getLatLngs()[0].map(corner) ?? null;
  }

  /**
   * Take another area instead of the last.
   * @param {any} shape
   */
  take(shape) {
    if (this.shape) this.group.removeLayer(this.shape);
    this.shape = shape;
    this.onArea();
  }

  forget() {
    this.group.removeLayer(this.shape);
    this.shape = null;
    this.onArea();
  }

  /**
   * Write the length of a line beside its end.
   * @param {any} line
   */
  measure(line) {
    const places = line.getLatLngs().map((/** @type {any} */ { lng, lat }) => ecef(lng, lat));
    const metres = places
      .slice(1)
      .reduce(
        (/** @type {number} */ sum, /** @type {any} */ to, /** @type {number} */ at) => sum + arcM(places[at], to),
        0,
      );
    line.bindTooltip(element("span", {}, words.way(this.say, metres)), { permanent: true, className: "audit-length" });
    line.openTooltip(line.getLatLngs().at(-1));
  }
}

/**
 * Tell the figures of the area.
 * @param {import("../../shared/translate.js").Words} say
 * @param {{figures: import("../figures/coverage.js").Figures | null, stations: [number, number]} | null} area `stations` in it that surely and possibly count; null without an area
 */
export function showArea(say, area) {
  byId("area-remove").hidden = !area;
  byId("area").textContent = area ? told(say, area) : "";
}

/**
 * @param {import("../../shared/translate.js").Words} say
 * @param {{figures: import("../figures/coverage.js").Figures | null, stations: [number, number]}} area
 */
function told(say, { figures, stations }) {
  if (!figures) return say("audit.area.nothing");
  const { people, areaKm2, sure, possible } = figures;
  const mean = words.ways(say, sure.meanM, possible.meanM, people);
  return say("audit.area.told", {
    people: words.people(people),
    served: words.both(sure.people, possible.people, words.people),
    share: words.shares(say, sure.share, possible.share),
    area: words.tenth(areaKm2),
    area_share: words.shares(say, sure.areaShare, possible.areaShare),
    stations: words.both(...stations, words.whole),
    way: say(possible.meanM === null ? "audit.area.way_none" : "audit.area.way", { mean }),
  });
}
