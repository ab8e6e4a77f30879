/**
 * The rider's point on its way to the page that this tab shows next: in the other language, of a station, or after one. The
 * page of a station only looks at it; the finder takes it out.
 */

/**
 * @typedef {import("../finder/origin_picker.js").Origin} Origin
 * @typedef {import("./arrival.js").Ways} Ways
 * @typedef {{point: Origin, travel?: import("./filter_rules.js").Filters["travel"], ways?: Ways, leftAt: number}} Held
 *   how the rider travels, and what is known of ways from there
 */

const HANDED_OVER_KEY = "stationmap.carried";
export const GONE_MS = 30 * 60_000; // by then a rider is elsewhere

/**
 * Hand over a point as its page is left; only this tab has it, until it is taken out.
 * @param {Origin | null} point
 * @param {Held["travel"]} [travel]
 * @param {Ways} [ways]
 */
export function handOver(point, travel, ways) {
  if (!point) return;
  try {
    sessionStorage.setItem(HANDED_OVER_KEY, JSON.stringify({ point, travel, ways, leftAt: Date.now() }));
  } catch {
    // Then the rider chooses it anew.
  }
}

/**
 * Return what was handed over, and leave it there; null if it is of no use any more.
 * @returns {Held | null}
 */
export function handedOver() {
  try {
    return stillOfUse(JSON.parse(sessionStorage.getItem(HANDED_OVER_KEY) ?? "null"));
  } catch {
    return null; // some browsers lend a page no storage
  }
}

/**
 * Return what was handed over unless it is too old.
 * @param {Held | null} found
 */
export function stillOfUse(found) {
  return found && Date.now() - (found.point.fix?.atMs ?? found.leftAt) < GONE_MS ? found : null;
}

/**
 * Take the point out, whether it is still of use or not.
 * @returns {Origin | null}
 */
export function takeHandedOver() {
  const found = handedOver();
  try {
    sessionStorage.removeItem(HANDED_OVER_KEY);
  } catch {
    // Nothing is there.
  }
  return found?.point ?? null;
}
