/** What the server wrote into the page for its scripts. */

/**
 * @typedef {import("../rider/hours.js").State} State
 * @typedef {[id: string, lon: number, lat: number, category: string, state: State, name: string]} Point
 * @typedef {{
 *   again_s: number, points: Point[], bounds: [west: number, south: number, east: number, north: number] | null,
 *   centre: [lon: number, lat: number, zoom: number] | null, one: string, words: import("../shared/translate.js").Catalogue,
 * }} Embedded
 */

/**
 * Return what a page holds; of a page that was fetched, too.
 * @param {Document} page
 * @returns {Embedded}
 */
export function embedded(page) {
  return JSON.parse(page.getElementById("embedded")?.textContent ?? "null");
}
