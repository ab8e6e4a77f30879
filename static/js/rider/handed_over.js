/**
 * The rider's point on its way to the page that this tab shows next: in the other language, of a station, or after one. The
 * page of a station only looks at it; the finder takes it out.
 */

/**
 * @typedef {import("../finder/origin_picker.js").Chosen} Chosen
 * @typedef {{point: Chosen, travel?: import("./filter_rules.js").Choice["travel"], leftAt: number}} Held and how the rider travels
 */

const KEY = "stationmap.carried";
const GONE_MS = 30 * 60_000; // by then a rider is elsewhere

/**
 * Hand over a point as its page is left; only this tab has it, until it is taken out.
 * @param {Chosen | null} point
 * @param {Held["travel"]} [travel]
 */
export function carry(point, travel) {
  if (!point) return;
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ point, travel, leftAt: Date.now() }));
  } catch {
    // Then the rider chooses it anew.
  }
}

/**
 * Return what was handed over, and leave it there; null if it is of no use any more.
 * @returns {Held | null}
 */
export function held() {
  try {
    return stillOfUse(JSON.parse(sessionStorage.getItem(KEY) ?? "null"));
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
 * @returns {Chosen | null}
 */
export function carried() {
  const found = held();
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Nothing is there.
  }
  return found?.point ?? null;
}
