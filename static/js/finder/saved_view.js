/**
 * What the rider looks at, for when they come back or load the page again. The middle of a map is near a position: like
 * that (handed_over.js) it only is in the storage of this tab, from when its page is left until that begins again.
 */

import { GONE_MS } from "../rider/handed_over.js";

/**
 * @typedef {object} ViewState
 * @property {number} rows
 * @property {number} top how far the list is scrolled
 * @property {string} view
 * @property {import("../map/station_layer.js").Sight | null} map
 */

const VIEW_KEY = "stationmap.sight";
const NEXT = "next"; // for the page that follows: the same in the other language

/**
 * Hand over what is looked at as its page is left.
 * @param {ViewState} sight
 * @param {boolean} isForNext whether the page that follows is to look at it
 */
export function saveView(sight, isForNext) {
  const { map, ...list } = sight;
  try {
    const visit = isForNext ? NEXT : history.state?.visit;
    sessionStorage.setItem(VIEW_KEY, JSON.stringify({ sight, leftAt: Date.now(), visit }));
  } catch {
    // Then the map begins anew.
  }
  history.replaceState({ ...history.state, sight: list }, ""); // too late where the page is loaded again
}

/**
 * Take it out: what was looked at here when this entry of the history was left; null on another visit.
 * @returns {ViewState | null}
 */
export function restoreView() {
  const found = taken();
  const { visit, sight } = history.state ?? {};
  history.replaceState({ ...history.state, visit: visit ?? Math.random() }, "");
  if (found?.visit && [visit, NEXT].includes(found.visit)) return found.sight;
  return sight ? { ...sight, map: null } : null;
}

/** @returns {{sight: ViewState, visit: number | string} | null} */
function taken() {
  try {
    const found = JSON.parse(sessionStorage.getItem(VIEW_KEY) ?? "{}");
    sessionStorage.removeItem(VIEW_KEY);
    return Date.now() - found.leftAt < GONE_MS ? found : null;
  } catch {
    return null;
  }
}
