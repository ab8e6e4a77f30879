/** Stations and clusters as the map shows them: state by shape and colour, category by its drawing. */

import { element, icon } from "./dom.js";

/**
 * @typedef {import("./answer.js").Offer["station"]} Station
 * @typedef {import("./hours.js").State} State
 */

/**
 * Return the marker of one station; `name` is read out.
 * @param {Station} station
 * @param {State} state
 * @param {string} name
 */
export function stationMarker(station, state, name) {
  const html = element("span", { class: `marker is-${state}` }, icon(station.category));
  return labelled([station.lat, station.lon], html, 44, name);
}

/**
 * Return the marker of several stations: how many there are, and as a ring how many of them are usable now.
 * @param {number} lon
 * @param {number} lat
 * @param {number} count
 * @param {number} usable
 * @param {string} name
 */
export function clusterMarker(lon, lat, count, usable, name) {
  const html = element(
    "span",
    { class: "cluster" },
    element("b", {}, String(usable)),
    element("small", {}, `/${count}`),
  );
  html.style.setProperty("--usable", `${(100 * usable) / count}%`);
  const size = Math.round(44 + 6 * Math.log10(count));
  html.style.setProperty("--size", `${size}px`);
  return labelled([lat, lon], html, size, name);
}

/**
 * Return the mark of the point the rider chose.
 * @param {{lon: number, lat: number}} point
 * @param {string} name
 */
export function pointMarker({ lon, lat }, name) {
  const html = element("span", { class: "you" });
  const made = L.divIcon({ className: "pin", html, iconSize: [28, 28] });
  return L.marker([lat, lon], { icon: made, keyboard: false, interactive: false, alt: name, zIndexOffset: 1000 });
}

/**
 * @param {[number, number]} latLon
 * @param {HTMLElement} html
 * @param {number} size
 * @param {string} name
 */
function labelled(latLon, html, size, name) {
  const marker = L.marker(latLon, { icon: L.divIcon({ className: "pin", html, iconSize: [size, size] }) });
  marker.on("add", () => {
    const shown = marker.getElement();
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
