/** What people draw on the map with Folium's tools: one area of study, and lines that tell their length. */

import * as words from "../figure_text.js";
import { byId, element } from "../../shared/dom.js";
import { arcM, ecef } from "../../shared/geodesy.js";

/** @typedef {import("../figures/area.js").Ring} Ring */

export class Drawn {
  /**
   * @param {L.Map} map
   * @param {L.LayerGroup} group that the tools draw on
   * @param {import("../../shared/translate.js").Translate} translate
   * @param {() => void} onArea an area came or went
   */
  constructor(map, group, translate, onArea) {
    this.group = group;
    this.translate = translate;
    this.onArea = onArea;
    /** @type {L.Polygon | null} the shape of the area, if there is one */
    this.shape = null;
    map.on("draw:created", ({ layer, layerType }) => {
      if (layerType === "polyline") this.measure(layer);
      else this.take(layer);
    });
    // A busy phone handles two taps at once, which Leaflet then takes for a double tap, wherever they were: the tool
    // would end. With a finger a shape ends by its first or last corner, or by the button.
    if (matchMedia("(pointer: coarse)").matches)
      map.on("draw:drawvertex", ({ layers }) =>
        queueMicrotask(() => layers.eachLayer((/** @type {L.Layer} */ corner) => corner.off("dblclick"))),
      );
    map.on("draw:deleted", ({ layers }) => {
      if (this.shape && layers.hasLayer(this.shape)) this.forget();
    });
    map.on("locationerror", () => (byId("area").textContent = translate("audit.control.no_position")));
    map.on("locationfound", onArea);
    byId("area-remove").addEventListener("click", () => {
      this.forget();
      map.getContainer().focus(); // the button is gone
    });
  }

  /** The corners of the area; null without one. @returns {Ring | null} */
  get ring() {
    const rings = /** @type {L.LatLng[][] | undefined} */ (this.shape?.getLatLngs());
    return rings?.[0].map(({ lng, lat }) => [lng, lat]) ?? null;
  }

  /**
   * Take another area instead of the last.
   * @param {L.Polygon} shape
   */
  take(shape) {
    if (this.shape) this.group.removeLayer(this.shape);
    this.shape = shape;
    this.onArea();
  }

  forget() {
    if (this.shape) this.group.removeLayer(this.shape);
    this.shape = null;
    this.onArea();
  }

  /**
   * Write the length of a line beside its end.
   * @param {L.Polyline} line
   */
  measure(line) {
    const corners = /** @type {L.LatLng[]} */ (line.getLatLngs());
    const places = corners.map(({ lng, lat }) => ecef(lng, lat));
    const metres = places.slice(1).reduce((sum, to, at) => sum + arcM(places[at], to), 0);
    line.bindTooltip(element("span", {}, words.way(this.translate, metres)), {
      permanent: true,
      className: "audit-length",
    });
    line.openTooltip(corners[corners.length - 1]);
  }
}

/**
 * Tell the figures of the area.
 * @param {import("../../shared/translate.js").Translate} translate
 * @param {{figures: import("../figures/coverage.js").Figures | null, stations: [number, number]} | null} area `stations` in it that surely and possibly count; null without an area
 */
export function showArea(translate, area) {
  byId("area-remove").hidden = !area;
  byId("area").textContent = area ? areaText(translate, area) : "";
}

/**
 * @param {import("../../shared/translate.js").Translate} translate
 * @param {{figures: import("../figures/coverage.js").Figures | null, stations: [number, number]}} area
 */
function areaText(translate, { figures, stations }) {
  if (!figures) return translate("audit.area.nothing");
  const { people, areaKm2, sure, possible } = figures;
  const mean = words.ways(translate, sure.meanM, possible.meanM, people);
  return translate("audit.area.told", {
    people: words.people(people),
    served: words.both(sure.people, possible.people, words.people),
    share: words.shares(translate, sure.share, possible.share),
    area: words.tenth(areaKm2),
    area_share: words.shares(translate, sure.areaShare, possible.areaShare),
    stations: words.both(...stations, words.whole),
    way: translate(possible.meanM === null ? "audit.area.way_none" : "audit.area.way", { mean }),
  });
}
