/** The menu of base maps: by keyboard too, and back from one whose images do not load. */

import { element, isWalkedTo } from "../shared/dom.js";
import { showOwnBaseMap } from "./base_map.js";

/**
 * Let the menu of base maps be used from the keyboard too, and close once a choice is made.
 * @param {L.Map} map
 * @param {string} name Leaflet has it in English only
 */
export function menu(map, name) {
  /** @type {HTMLElement | null} */
  const box = map.getContainer().querySelector(".leaflet-control-layers");
  const toggle = box?.querySelector("a");
  if (!box || !toggle) return;
  toggle.title = name;
  const expanded = "leaflet-control-layers-expanded";
  const close = () => {
    const held = box.contains(document.activeElement);
    box.classList.remove(expanded);
    if (held) toggle.focus();
  };
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.target !== toggle || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    box.classList.add(expanded);
    /** @type {HTMLElement | null} */ (box.querySelector("input:checked"))?.focus();
  });
  box.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !box.contains(relatedTarget)) box.classList.remove(expanded);
  });
  // With arrow keys each choice is a step to the next.
  map.on("baselayerchange", () => [...box.querySelectorAll("input")].some(isWalkedTo) || close());
}

/**
 * Say so while the images of a base map do not come, and lead back to our own.
 * @param {L.Map} map
 * @param {{baseMapFails: string, ownBaseMap: string}} words
 */
export function watchImages(map, { baseMapFails, ownBaseMap }) {
  const leave = () => {
    map.getContainer().focus(); // the button is about to go
    showOwnBaseMap(map);
  };
  const back = element("button", { type: "button", class: "plain", onclick: leave }, ownBaseMap);
  const fault = element("p", { class: "fault", role: "alert" }, baseMapFails, back);
  let came = false;
  const listeners = {
    loading: () => (came = false),
    tileload: () => {
      came = true;
      fault.remove();
    },
    tileerror: () => came || fault.isConnected || map.getContainer().after(fault),
  };
  map.on("baselayerchange", () => fault.remove());
  map.on("layeradd", ({ layer }) => layer instanceof L.TileLayer && layer.on(listeners));
}
