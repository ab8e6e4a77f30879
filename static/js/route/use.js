/** Opens what comes late to the finder: a route, and ways by streets. */

import { Guide } from "./guide.js";
import { byId } from "../shared/dom.js";
import { resource } from "../shared/resource.js";

/** @type {Promise<Guide> | null} */
let made = null;

/**
 * Do what a control of the page is for.
 * @param {import("../finder/page.js").Page} page
 * @param {HTMLElement} control
 * @param {boolean} isTapped false where it was left on when the page was last open
 */
export async function use(page, control, isTapped) {
  made = made ?? guideOf(page);
  made.catch(() => (made = null)); // the next tap may have more luck
  const { route, streets } = await made;
  if (control.id === "streets") streets.turn(!isTapped || !streets.isOn);
  else if (route.isOpen) route.close();
  else {
    await closeFilters();
    route.open();
  }
}

/** Close the filters, whose entry of the history would else lie below that of the route, and take it along when it goes. */
async function closeFilters() {
  if (byId("filters").hidden) return;
  const gone = new Promise((resolve) => addEventListener("popstate", resolve, { once: true }));
  byId("filters-toggle").click();
  await gone;
}

/** @param {import("../finder/page.js").Page} page */
async function guideOf(page) {
  const { href } = /** @type {HTMLLinkElement} */ (document.getElementById("words"));
  const own = await fetch(href.replace(/(\w+\.json)$/, "route.$1"));
  if (!own.ok) throw new Error(own.url);
  Object.assign(await resource("words"), await own.json());
  const guide = new Guide(page);
  page.finder.guide = guide;
  return guide;
}
