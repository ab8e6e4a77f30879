/** Stations and clusters as the map shows them: state by shape and colour, category by its drawing. */

import { element, setChildren, icon } from "../shared/dom.js";

/** @typedef {import("./station_layer.js").Shown} Shown */

const RINGS_M = [500, 1000];
const DOT_M = 20;
const ABOVE = { open: 400, unknown: 200, closed: 0 }; // what is open is never hidden

/**
 * Return the marker of one station; `name` is read out.
 * @param {Shown} shown
 * @param {string} name
 */
export function stationMarker(shown, name) {
  return labelled([shown.station.lat, shown.station.lon], drawing(shown), 44, name).setZIndexOffset(ABOVE[shown.state]);
}

/**
 * Let a marker show what is known of its station now, where that is something else.
 * @param {L.Marker} marker
 * @param {Shown} shown
 * @param {string} name which tells all that is shown
 */
export function restate(marker, shown, name) {
  const drawn = /** @type {HTMLElement} */ (marker.getElement());
  if (drawn.getAttribute("aria-label") === name) return;
  marker.setZIndexOffset(ABOVE[shown.state]);
  setChildren(drawn, [drawing(shown)]);
  drawn.setAttribute("aria-label", name);
}

/** @param {Shown} shown */
function drawing({ station, state, isOfTile }) {
  return element("span", { class: `marker is-${state}${isOfTile ? " of-tile" : ""}` }, icon(station.category));
}

/**
 * Return the marker of several stations: how many there are, and as a ring how many of them are open on arrival without a doubt.
 * @param {number} lon
 * @param {number} lat
 * @param {number} count
 * @param {number} open
 * @param {string} name
 */
export function clusterMarker(lon, lat, count, open, name) {
  const html = element("span", { class: "cluster" }, element("b", {}, String(open)), element("small", {}, `/${count}`));
  html.style.setProperty("--usable", `${(100 * open) / count}%`);
  const size = Math.round(44 + 6 * Math.log10(count));
  html.style.setProperty("--size", `${size}px`);
  return labelled([lat, lon], html, size, name);
}

/** @typedef {import("../finder/origin_picker.js").Origin} Origin */

/**
 * Return the mark of the point the answer is for: where the rider is, a place they tapped, a district, a station.
 * @param {Origin} point
 * @param {string} name
 */
export function pointMarker(point, name) {
  const { lon, lat, fix, code, id } = point;
  const kind = fix ? "is-fix" : code ? "is-district" : id ? "is-named" : "is-tapped";
  const html = element("span", { class: `you ${kind}` });
  const made = L.divIcon({ className: "pin", html, iconSize: [28, 28] });
  return L.marker([lat, lon], { icon: made, keyboard: false, interactive: false, alt: name, zIndexOffset: 1000 });
}

/**
 * Return the circle a position is within, as far as the device says; nothing where that is a dot.
 * @param {Origin} point
 */
export function roughly({ lon, lat, fix }) {
  const radius = fix?.accuracyM ?? 0;
  const isTold = DOT_M < radius && radius < Infinity;
  return isTold ? L.circle([lat, lon], { radius, className: "accuracy", interactive: false }) : L.layerGroup();
}

/**
 * Return rings around the point the rider chose: the drawn base map has no streets that show how far a station is.
 * @param {{lon: number, lat: number}} point
 * @param {(metres: number) => string} nameOf
 */
export function rings({ lon, lat }, nameOf) {
  const centre = L.latLng(lat, lon);
  return L.layerGroup(
    RINGS_M.flatMap((radius) => {
      const html = element("span", { "aria-hidden": "true" }, nameOf(radius)); // the list says each distance
      const icon = L.divIcon({ className: "ring-name", html, iconSize: [0, 0] });
      const top = L.latLng(centre.toBounds(2 * radius).getNorth(), lon);
      return [
        L.circle(centre, { radius, className: "ring", interactive: false }),
        L.marker(top, { icon, pane: "shadowPane", keyboard: false, interactive: false }), // below the stations
      ];
    }),
  );
}

/**
 * @param {[number, number]} latLon
 * @param {HTMLElement} html
 * @param {number} size
 * @param {string} name
 */
function labelled(latLon, html, size, name) {
  // A map that moved under the focus would take the next stop away.
  const marker = L.marker(latLon, {
    icon: L.divIcon({ className: "pin", html, iconSize: [size, size] }),
    autoPanOnFocus: false,
  });
  marker.on("add", () => {
    const shown = /** @type {HTMLElement} */ (marker.getElement());
    shown.setAttribute("role", "button");
    shown.setAttribute("aria-label", name);
    shown.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      shown.click();
    });
  });
  return marker;
}
