/**
 * The entrance of a station on a map: a pin that is dragged, moved with the arrow keys, or put where the map is tapped.
 *
 * Longitude and latitude of the form are those of the map that is shown, with its datum; on the map all is WGS-84.
 */

import { gcj02OfWgs84 } from "../../shared/datum.js";
import { element } from "../../shared/dom.js";
import { locate } from "../../rider/locate.js";
import { shell } from "../../map/base_map.js";
import { field } from "./fields.js";

/**
 * @typedef {import("../../shared/translate.js").Translate} Translate
 * @typedef {{name: string, lon: number, lat: number}} Named a place, WGS-84 degrees
 */

const DECIMALS = 6; // a tenth of a metre
const NEAR_ZOOM = 17;
const MAX_ACCURACY_M = 50; // of a position that is called surveyed
const STEP_PX = 8;
const FINE_PX = 1;
const KEYS = /** @type {Record<string, [number, number]>} */ ({
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
});

export class PositionMap {
  /**
   * @param {HTMLFormElement} form
   * @param {Translate} translate
   * @param {readonly Named[]} near stations around, by which somebody finds their way
   */
  constructor(form, translate, near) {
    this.form = form;
    this.near = near;
    this.translate = translate;
    this.told = /** @type {HTMLElement} */ (form.querySelector("#position-told"));
    /** Its data are where the pin stands first. */
    this.holder = /** @type {HTMLElement} */ (form.querySelector("#position-map"));
    /** @type {L.Marker | null} */
    this.pin = null;
  }

  async start() {
    const { holder } = this;
    holder.hidden = false;
    const { map } = await shell;
    this.map = map;
    map.invalidateSize();
    const { lon, lat } = holder.dataset;
    if (lon && lat) this.put(Number(lon), Number(lat));
    for (const place of this.near) landmark(place).addTo(map);
    map.on("click", ({ latlng }) => this.pick(latlng, "map_pick"));
    this.offerPosition();
  }

  /** Offer to take where this phone is: who stands at the door need not look for it. */
  offerPosition() {
    const button = element("button", { type: "button", class: "plain" }, this.translate("form.script.here"));
    button.addEventListener("click", async () => {
      try {
        const { lon, lat, accuracyM } = await locate();
        const metres = Number.isFinite(accuracyM) ? Math.round(accuracyM) : "?";
        if (!(accuracyM <= MAX_ACCURACY_M)) return this.say(this.translate("form.script.too_rough", { metres }));
        this.pick(L.latLng(lat, lon), "survey");
        this.say(this.translate("form.script.located", { metres }));
      } catch (code) {
        this.say(this.translate(`form.script.where_${code}`));
      }
    });
    this.told.before(element("p", {}, button));
  }

  /**
   * Show a place, WGS-84 degrees, without a change of the form.
   * @param {number} lon
   * @param {number} lat
   */
  put(lon, lat) {
    const { map } = this;
    if (!map) {
      Object.assign(this.holder.dataset, { lon, lat }); // for when it is there
      return;
    }
    const at = L.latLng(lat, lon);
    if (this.pin) this.pin.setLatLng(at);
    else this.pin = this.made(at).addTo(map);
    if (!map.getBounds().pad(-0.1).contains(at) || map.getZoom() < NEAR_ZOOM)
      map.setView(at, Math.max(map.getZoom(), NEAR_ZOOM));
  }

  /**
   * @param {L.LatLng} at
   * @returns {L.Marker}
   */
  made(at) {
    const icon = L.divIcon({ className: "form-pin", iconSize: [44, 52], iconAnchor: [22, 48] });
    const title = this.translate("form.script.pin");
    const pin = L.marker(at, { icon, title, alt: title, draggable: true, autoPan: true, keyboard: true });
    pin.on("dragend", () => this.pick(pin.getLatLng(), "map_pick"));
    pin.on("add", () => pin.getElement()?.addEventListener("keydown", (event) => this.step(event)));
    return pin;
  }

  /** @param {KeyboardEvent} event */
  step(event) {
    const way = KEYS[event.key];
    if (!way || !this.map || !this.pin) return;
    event.preventDefault();
    event.stopPropagation(); // the map would move as well
    const far = event.shiftKey ? FINE_PX : STEP_PX;
    const at = this.map.latLngToContainerPoint(this.pin.getLatLng()).add([way[0] * far, way[1] * far]);
    this.pick(this.map.containerPointToLatLng(at), "map_pick");
  }

  /**
   * Let the form say a place that was picked, and how.
   * @param {L.LatLng} at
   * @param {string} how
   */
  pick(at, how) {
    const { lng, lat } = at.wrap();
    this.put(lng, lat);
    const isGcj02 = how === "map_pick" && this.map?.options.crs?.code === "GCJ-02";
    const [drawnLon, drawnLat] = isGcj02 ? gcj02OfWgs84(lng, lat) : [lng, lat];
    this.fill("lon", drawnLon.toFixed(DECIMALS));
    this.fill("lat", drawnLat.toFixed(DECIMALS));
    this.fill("datum", isGcj02 ? "gcj02" : "wgs84");
    this.fill("place", "");
    this.fill("position_how", how);
    this.form.dispatchEvent(new Event("change"));
    this.say(this.translate("form.script.picked", { place: `${lng.toFixed(DECIMALS)}, ${lat.toFixed(DECIMALS)}` }));
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  fill(name, value) {
    field(this.form, name).value = value;
  }

  /** @param {string} text */
  say(text) {
    this.told.textContent = text;
  }
}

/**
 * Return a place that is only shown, with its name.
 * @param {Named} place
 */
function landmark({ name, lon, lat }) {
  const shown = L.circleMarker([lat, lon], { radius: 6, interactive: false, className: "form-landmark" });
  return shown.bindTooltip(element("span", {}, name), {
    permanent: true,
    direction: "right",
    className: "form-landmark-name",
  });
}
