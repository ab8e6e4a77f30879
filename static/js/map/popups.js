/** Popups of the map: how large they are, what they make way for, and that the way back closes them. */

import { layerClosed, layerOpened } from "../finder/history_layers.js";
import { enter } from "./map_keyboard.js";

export const POPUP = { maxWidth: 300, minWidth: 240 };
const POPUP_EDGE_PX = 64; // what stands around its text, and some of the map on either side
const NARROW_PX = 600; // where the controls above make way for a popup

/**
 * Let a popup have a name for its button and the focus, and be closed by the way back.
 * @param {L.Map} map
 * @param {string} closeName
 */
export function watchPopups(map, closeName) {
  map.on("popupopen", ({ popup }) => {
    popup.getElement()?.querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", closeName);
    enter(popup);
    layerOpened("popup", () => map.closePopup());
  });
  // Another popup may be about to take its place.
  map.on("popupclose", () => setTimeout(() => map._popup?.isOpen() || layerClosed("popup")));
}

/**
 * Fit a popup into the map as it is now.
 * @param {L.PopupOptions} options of the popup
 * @param {L.Map} map
 */
export function fitPopup(options, map) {
  const { x: width, y: height } = map.getSize();
  options.maxWidth = Math.min(POPUP.maxWidth, width - POPUP_EDGE_PX);
  options.minWidth = Math.min(POPUP.minWidth, options.maxWidth);
  options.autoPanPaddingTopLeft = [16, width < NARROW_PX ? 16 : 64];
  options.autoPanPaddingBottomRight = [16, height - map._controlCorners.bottomright.offsetTop];
}

/**
 * Open a popup at a point of the map, with a question.
 * @param {L.Map} map
 * @param {{lon: number, lat: number}} point
 * @param {HTMLElement} content
 */
export function openPopup(map, { lon, lat }, content) {
  L.popup({ ...POPUP, minWidth: 0 })
    .setLatLng([lat, lon])
    .setContent(content)
    .openOn(map);
}
