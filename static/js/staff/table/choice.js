/** Stations chosen in this tab, by their ids, for as long as it is open: they survive paging, filters and back. */

const KEY = "staff.chosen";

/**
 * Return the ids that were chosen.
 * @returns {Set<string>}
 */
export function readChoice() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return new Set(Array.isArray(kept) ? kept.map(String) : []);
  } catch {
    return new Set();
  }
}

/**
 * Keep what is chosen; where the browser keeps nothing, it is lost with the page.
 * @param {Set<string>} ids
 */
export function writeChoice(ids) {
  try {
    if (ids.size) sessionStorage.setItem(KEY, JSON.stringify([...ids]));
    else sessionStorage.removeItem(KEY);
  } catch {}
}
