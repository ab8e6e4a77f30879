/** Parts of the finder that come when they are used: ways along a route, ways by streets. */

import { note } from "../reports/form_loader.js";
import { lateScript } from "../shared/late_script.js";

/**
 * Let each control of such a part open it, and open those that were left on.
 * @param {import("./page.js").Page} page
 */
export function watchLateParts(page) {
  for (const control of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-late]"))) {
    const open = (/** @type {boolean} */ isTapped) =>
      lateScript("route_parts", "route").then(
        ({ route }) => route.use(page, control, isTapped),
        () => isTapped && note(control.dataset.late ?? ""),
      );
    control.addEventListener("click", () => void open(true));
    if (isOn(control)) void open(false);
  }
}

/** @param {HTMLElement} control */
function isOn({ id }) {
  try {
    return localStorage.getItem(`stationmap.${id}`) !== null;
  } catch {
    return false;
  }
}
