/** A point that a rider taps on the finder's map while the panel makes way. */

import { note } from "./form_loader.js";
import { element } from "../shared/dom.js";

export const POINT = "stationmap-point"; // of the map; who takes it prevents what else a tap does there

/** Tell whether there is a map to tap. */
export function hasMap() {
  return document.body.classList.contains("page-finder");
}

/**
 * Let the rider tap the map; the panel comes back then, or when they do not want to.
 * @param {import("../shared/translate.js").Translate} translate
 * @param {(point: {lon: number, lat: number} | null) => void} take
 */
export function askForPoint(translate, take) {
  const panel = /** @type {HTMLElement} */ (document.querySelector(".report-over"));
  const cancel = element(
    "button",
    { type: "button", class: "plain", onclick: () => finish(null) },
    translate("report.point_cancel"),
  );
  const bar = element("div", { class: "report-note", role: "status" }, `${translate("report.point_tap")} `, cancel);
  /** @param {{lon: number, lat: number} | null} point */
  function finish(point) {
    bar.remove();
    panel.hidden = false;
    document.removeEventListener(POINT, onPoint);
    removeEventListener("popstate", onBack);
    show("list");
    take(point);
  }
  /** @param {Event} event */
  function onPoint(event) {
    event.preventDefault();
    const { detail } = /** @type {CustomEvent<{lon: number, lat: number, isRough?: boolean}>} */ (event);
    if (detail.isRough) note(translate("report.point_rough"));
    else finish(detail);
  }
  const onBack = () => finish(null);
  panel.hidden = true;
  document.body.append(bar);
  document.addEventListener(POINT, onPoint);
  addEventListener("popstate", onBack);
  show("map");
  cancel.focus({ preventScroll: true });
}

/**
 * Show the list or the map, where there is room for one of them.
 * @param {string} name
 */
function show(name) {
  const button = /** @type {HTMLElement | null} */ (document.querySelector(`button[data-view="${name}"]`));
  if (button?.offsetParent && document.body.dataset.view !== name) button.click();
}
