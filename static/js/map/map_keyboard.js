/** The map by keyboard: each marker in view is a stop, and the focus is never lost with what had it. */

import { isWalkedTo } from "../shared/dom.js";

/**
 * Let the style sheet know while a marker has the keyboard's focus: as a selector, it would be worked out anew with each
 * marker that is drawn.
 * @param {HTMLElement} container of the map
 */
export function watchFocus(container) {
  for (const type of ["focusin", "focusout"])
    container.addEventListener(type, ({ target }) => {
      if (!(target instanceof Element)) return;
      const isWalked = type === "focusin" && isWalkedTo(target) && target.matches(".pin");
      container.parentElement?.classList.toggle("is-walked", isWalked);
    });
}

/**
 * Put markers in the order of reading, from the top down, and make each one in view a stop; return those.
 * @param {HTMLElement} pane that holds them first
 * @param {readonly L.Marker[]} markers
 * @param {L.LatLngBounds} view
 * @returns {L.Marker[]}
 */
export function inOrder(pane, markers, view) {
  const focused = document.activeElement;
  const sorted = markers.map((marker) => ({
    marker,
    at: marker.getLatLng(),
    shown: /** @type {HTMLElement} */ (marker.getElement()),
  }));
  sorted.sort(({ at: a }, { at: b }) => b.lat - a.lat || a.lng - b.lng);
  let next = pane.firstElementChild;
  for (const { at, shown } of sorted) {
    const tabIndex = view.contains(at) ? 0 : -1;
    if (shown.tabIndex !== tabIndex) shown.tabIndex = tabIndex;
    // What is moved loses the focus: the others go around it.
    while (next && shown === focused && next !== shown) {
      const after = next.nextElementSibling;
      pane.append(next);
      next = after;
    }
    if (shown === next) next = shown.nextElementSibling;
    else pane.insertBefore(shown, next);
  }
  return sorted.filter(({ shown }) => shown.tabIndex === 0).map(({ marker }) => marker);
}

/**
 * Give the focus of a marker that goes to the nearest one, so that the way through the map goes on there.
 * @param {L.Marker} gone
 * @param {readonly L.Marker[]} stops
 * @param {HTMLElement} container of the map, where there is none
 */
export function passFocus(gone, stops, container) {
  const way = stops.map((marker) => gone.getLatLng().distanceTo(marker.getLatLng()));
  const heir = stops[way.indexOf(Math.min(...way))]?.getElement() ?? container;
  heir.focus({ preventScroll: true });
}

/**
 * Make a popup that was opened from the keyboard usable from there: focus goes in, and back to its marker on Escape.
 * @param {L.Popup} popup
 */
export function enter(popup) {
  const shown = /** @type {HTMLElement} */ (popup.getElement());
  const opener = document.activeElement;
  shown.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    popup.close();
    if (opener instanceof HTMLElement) opener.focus();
  });
  if (!opener?.matches(".pin") || !isWalkedTo(opener)) return;
  shown.tabIndex = -1;
  shown.focus();
}
