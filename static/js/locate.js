/** The device's own position, asked for only when a person taps. */

/**
 * @typedef {{lon: number, lat: number, accuracyM: number, atMs: number}} Fix
 */

/**
 * Return a fix, WGS-84; rejects with the code of a message under `where.`: insecure, denied, timeout, unavailable.
 * @returns {Promise<Fix>}
 */
export function locate() {
  return new Promise((resolve, reject) => {
    if (!("geolocation" in navigator)) return reject("unavailable");
    if (!window.isSecureContext) return reject("insecure");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) =>
        resolve({
          lon: coords.longitude,
          lat: coords.latitude,
          accuracyM: coords.accuracy,
          atMs: Date.now(), // that of the device's answer begins elsewhere in some browsers
        }),
      (error) => reject({ 1: "denied", 3: "timeout" }[error.code] ?? "unavailable"),
      { enableHighAccuracy: true, timeout: 10_000, maximumAge: 30_000 },
    );
  });
}
