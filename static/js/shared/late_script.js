/** Scripts that come when they are used: what a first visit does without. */

import { element } from "./dom.js";

/**
 * @typedef {object} LateParts what such scripts hand to the page, each under its name
 * @property {typeof import("../finder/server_client.js")} server
 * @property {typeof import("../route/use.js")} route
 * @property {typeof import("../places/named_places.js")} places
 * @property {typeof import("../map/tiled/tiled_map.js")} tiled
 */

const HANDED_OVER = "stationmap-late";

/** @type {Map<string, Promise<LateParts>>} */
const loading = new Map();
const parts = /** @type {LateParts} */ ({});

/**
 * Hand something over to the page that loads the script which calls this.
 * @param {Partial<LateParts>} detail
 */
export function handOverLate(detail) {
  document.dispatchEvent(new CustomEvent(HANDED_OVER, { detail }));
}

/**
 * Load a script of ours, and return what all of them have handed over. It lies beside the words of the page.
 * @param {string} name
 * @param {string} [style] its style sheet
 * @returns {Promise<LateParts>}
 */
export function lateScript(name, style) {
  const found = loading.get(name) ?? load(name, style);
  loading.set(name, found);
  found.catch(() => loading.delete(name)); // the next tap may have more luck
  return found;
}

/**
 * @param {string} name
 * @param {string} [style]
 */
async function load(name, style) {
  const { href } = /** @type {HTMLLinkElement} */ (document.getElementById("words"));
  const beside = (/** @type {string} */ path) => href.replace(/i18n\/.*/, path);
  document.addEventListener(HANDED_OVER, (event) => {
    Object.assign(parts, /** @type {CustomEvent<Partial<LateParts>>} */ (event).detail);
  });
  await Promise.all([
    loaded(element("script", { src: beside(`js/${name}.bundle.js`) })),
    style && loaded(element("link", { rel: "stylesheet", href: beside(`css/${style}.css`) })),
  ]);
  return parts;
}

/**
 * Let the page load what an element names.
 * @param {HTMLElement} made
 * @returns {Promise<unknown>}
 */
function loaded(made) {
  return new Promise((resolve, reject) => {
    made.onload = resolve;
    made.onerror = () => {
      made.remove();
      reject(new Error("it did not come"));
    };
    document.head.append(made);
  });
}
