/** What time it is: where the device's clock is wrong, by the server's. */

const TOLERANCE_MS = 120_000; // a slow answer is no wrong clock
const TIME = "Stationmap-Time";
const CLOCK_KEY = "stationmap.clock";

let known = { offsetMs: 0, servedAt: -Infinity, ...kept() };
/** @type {(() => void) | null} */
let listener = null;

/** Return the moment, Unix ms, as the server would tell it. */
export function now() {
  const at = Date.now() + known.offsetMs;
  // It cannot be earlier than the server said: the device's clock was set right meanwhile.
  return at < known.servedAt - TOLERANCE_MS ? Date.now() : at;
}

/** Return by how much the device's clock is ahead, ms; 0 where it is right, as far as is known. */
export function aheadMs() {
  return Date.now() - now();
}

/**
 * Call back when the device's clock turns out to be wrong, or right again.
 * @param {() => void} given
 */
export function whenCorrected(given) {
  listener = given;
}

/**
 * Learn from an answer of the server; the newest counts, and is remembered for when there is no network.
 * @param {number} servedAt when it left the server by its clock, Unix ms; NaN where it does not tell
 * @param {number} heardAt when it came by the device's clock
 */
export function learnServerTime(servedAt, heardAt) {
  if (!(servedAt >= known.servedAt)) return;
  const before = known.offsetMs;
  const offsetMs = servedAt - heardAt;
  known = { offsetMs: Math.abs(offsetMs) < TOLERANCE_MS ? 0 : offsetMs, servedAt };
  try {
    localStorage.setItem(CLOCK_KEY, JSON.stringify(known));
  } catch {
    // Then it is learnt anew on the next page.
  }
  if (Math.abs(known.offsetMs - before) > TOLERANCE_MS) listener?.();
}

/**
 * Return when an answer left the server by its clock, Unix ms: what a cache kept meanwhile is added. NaN if it does not
 * tell.
 * @param {Headers} headers
 */
export function servedAtOf(headers) {
  const sentAt = headers.get(TIME) ?? headers.get("Date") ?? "";
  return Date.parse(sentAt) + 1000 * (Number(headers.get("Age")) || 0);
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(CLOCK_KEY) ?? "{}");
  } catch {
    return {}; // some browsers lend a page no storage
  }
}
