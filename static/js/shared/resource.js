/** JSON that belongs to a page: inside it (a file opened from disk) or behind a preloaded link (a served page). */

/**
 * @typedef {{
 *   words: import("./translate.js").Catalogue, "audit-words": import("./translate.js").Catalogue,
 *   "report-words": import("./translate.js").Catalogue,
 *   orientation: import("../map/base_map.js").Orientation, feed: unknown,
 *   "form-words": {words: import("./translate.js").Catalogue, presets: import("../staff/form/hours_editor.js").Preset[],
 *     near: import("../staff/form/position_map.js").Named[]},
 *   "report-points": import("../staff/reports/report_map.js").Points,
 * }} Resources by id; the feed is checked by the module that reads it
 */

/**
 * Return the JSON of the `<script type="application/json">` or the `<link rel="preload">` with an id.
 * @template {keyof Resources} Id
 * @param {Id} id
 * @returns {Promise<Resources[Id]>}
 */
export function resource(id) {
  const found = /** @type {Promise<Resources[Id]>} */ (known.get(id) ?? read(id));
  known.set(id, found);
  found.catch(() => known.delete(id)); // the next call may have more luck
  return found;
}

/** @type {Map<string, Promise<Resources[keyof Resources]>>} what was read, also for when the server is gone */
const known = new Map();

/**
 * @param {string} id
 */
async function read(id) {
  const holder = document.getElementById(id);
  if (holder instanceof HTMLScriptElement) return JSON.parse(holder.textContent ?? "null");
  if (!(holder instanceof HTMLLinkElement)) throw new Error(`the page has no resource ${id}`);
  const answer = await fetch(holder.href);
  if (!answer.ok) throw new Error(holder.href);
  return answer.json();
}
