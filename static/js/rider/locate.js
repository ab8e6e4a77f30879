/** The device's own position, requested only when a person taps. */

/**
 * @typedef {{lon: number, lat: number, accuracyM: number, atMs: number}} Fix `accuracyM` is Infinity where unknown
 */

const MAX_WAIT_MS = 10_000; // by our own clock: some devices never call back
const FINE_MS = 6_000; // indoors no satellite answers; then the networks around are used as well

/**
 * Return a fix, WGS-84, by whichever of the device's ways answers first; rejects with the code of a message under
 * `where.`: insecure, denied, timeout, unavailable.
 * @returns {Promise<Fix>}
 */
export function locate() {
  return new Promise((resolve, reject) => {
    if (!("geolocation" in navigator)) return reject("unavailable");
    if (!window.isSecureContext) return reject("insecure");
    let waitingFor = 2;
    let isCoarse = false;
    const fail = (/** @type {string} */ code) => {
      if (code === "denied" || --waitingFor === 0) return end(reject, code);
      askCoarsely();
    };
    const take = (/** @type {GeolocationPosition} */ { coords }) => {
      const fix = fixOf(coords);
      if (fix) end(resolve, fix);
      else fail("unavailable");
    };
    const ask = (/** @type {PositionOptions} */ options) =>
      navigator.geolocation.getCurrentPosition(take, ({ code }) => fail(FAILURES[code] ?? "unavailable"), options);
    const askCoarsely = () => {
      if (isCoarse) return;
      isCoarse = true;
      ask({ enableHighAccuracy: false, timeout: MAX_WAIT_MS - FINE_MS, maximumAge: 60_000 });
    };
    const timers = [setTimeout(askCoarsely, FINE_MS), setTimeout(() => end(reject, "timeout"), MAX_WAIT_MS)];
    /** @type {<Result>(settle: (result: Result) => void, result: Result) => void} */
    const end = (settle, result) => {
      timers.forEach(clearTimeout);
      settle(result);
    };
    ask({ enableHighAccuracy: true, timeout: MAX_WAIT_MS, maximumAge: 30_000 });
  });
}

/** @type {Record<number, string>} */
const FAILURES = { 1: "denied", 3: "timeout" };

/**
 * Return what a device said as a fix; null for numbers that are no place.
 * @param {{longitude: number, latitude: number, accuracy: number}} coords
 * @returns {Fix | null}
 */
function fixOf({ longitude: lon, latitude: lat, accuracy }) {
  if (!isPlace(lon, lat)) return null;
  // The moment of the device's answer begins elsewhere in some browsers: it is that of ours.
  return { lon, lat, accuracyM: accuracy >= 0 ? accuracy : Infinity, atMs: Date.now() };
}

/**
 * Tell whether two numbers are degrees of a place on the earth.
 * @param {unknown} lon
 * @param {unknown} lat
 */
export function isPlace(lon, lat) {
  return Number.isFinite(lon) && Number.isFinite(lat) && Math.abs(Number(lon)) <= 180 && Math.abs(Number(lat)) <= 90;
}
