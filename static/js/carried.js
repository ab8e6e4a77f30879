/** The rider's point on its way to the finder that this tab shows next: in the other language, or after a station. */

/** @typedef {import("./where.js").Chosen} Chosen */

const KEY = "stationmap.carried";
const GONE_MS = 30 * 60_000; // by then a rider is elsewhere

/**
 * Hand over a point as its page is left; only this tab has it, until it is taken out.
 * @param {Chosen | null} point
 */
export function carry(point) {
  if (!point) return;
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ point, leftAt: Date.now() }));
  } catch {
    // Then the rider chooses it anew.
  }
}

/**
 * Take the point out, whether it is still of use or not.
 * @returns {Chosen | null}
 */
export function carried() {
  try {
    const { point, leftAt } = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
    sessionStorage.removeItem(KEY);
    return Date.now() - (point?.fix?.atMs ?? leftAt) < GONE_MS ? point : null;
  } catch {
    return null; // some browsers lend a page no storage
  }
}
