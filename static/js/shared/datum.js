/** GCJ-02 both ways, as stationmap/datum.py has it: a WGS-84 point of China's box is drawn some hundred metres aside. */

const WEST = 72.004;
const SOUTH = 0.8293;
const EAST = 137.8347;
const NORTH = 55.8271;
const SEMI_MAJOR_M = 6378245;
const GCJ_ECCENTRICITY_2 = 0.006693421622965943;
const EDGE_DEG = 1e-9;
const INVERSE_STEPS = 7;
const { sin, cos, sqrt, abs, PI } = Math;

/** @typedef {"wgs84" | "gcj02"} Datum in which the server may ask for places (DrawnOnPhone of stationmap/datum.py) */

/**
 * Where each datum draws a WGS-84 point.
 * @type {Record<Datum, (lon: number, lat: number) => [number, number]>}
 */
export const DRAWN_IN = { wgs84: (lon, lat) => [lon, lat], gcj02: gcj02OfWgs84 };

/**
 * Return where GCJ-02 draws a WGS-84 point.
 * @param {number} lon degrees
 * @param {number} lat degrees
 * @returns {[number, number]}
 */
export function gcj02OfWgs84(lon, lat) {
  return inBox(lon, lat, 0) ? displaced(lon, lat) : [lon, lat];
}

/**
 * Return the WGS-84 point that GCJ-02 draws at a place, by fixed-point steps; the shift hardly varies.
 * @param {number} lon degrees
 * @param {number} lat degrees
 * @returns {[number, number]}
 */
export function wgs84OfGcj02(lon, lat) {
  let [trueLon, trueLat] = [lon, lat];
  for (let step = 0; step < INVERSE_STEPS; step++) {
    const [drawnLon, drawnLat] = displaced(trueLon, trueLat);
    trueLon += lon - drawnLon;
    trueLat += lat - drawnLat;
  }
  return inBox(trueLon, trueLat, EDGE_DEG) ? [trueLon, trueLat] : [lon, lat];
}

/**
 * @param {number} lon
 * @param {number} lat
 * @param {number} marginDeg
 */
function inBox(lon, lat, marginDeg) {
  return lon >= WEST - marginDeg && lon <= EAST + marginDeg && lat >= SOUTH - marginDeg && lat <= NORTH + marginDeg;
}

/**
 * The published formula wherever the point is (wandergis/coordtransform, googollee/eviltransform; MIT).
 * @param {number} lon
 * @param {number} lat
 * @returns {[number, number]}
 */
function displaced(lon, lat) {
  const x = lon - 105;
  const y = lat - 35;
  const root = sqrt(abs(x));
  const both = 20 * sin(6 * PI * x) + 20 * sin(2 * PI * x);
  let east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root;
  east += ((both + 20 * sin(PI * x) + 40 * sin((PI / 3) * x)) * 2) / 3;
  east += ((150 * sin((PI / 12) * x) + 300 * sin((PI / 30) * x)) * 2) / 3;
  let north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root;
  north += ((both + 20 * sin(PI * y) + 40 * sin((PI / 3) * y)) * 2) / 3;
  north += ((160 * sin((PI / 12) * y) + 320 * sin((PI / 30) * y)) * 2) / 3;
  const phi = (lat * PI) / 180;
  const w2 = 1 - GCJ_ECCENTRICITY_2 * sin(phi) ** 2;
  const meridianM = (SEMI_MAJOR_M * (1 - GCJ_ECCENTRICITY_2)) / (w2 * sqrt(w2));
  const parallelM = (SEMI_MAJOR_M / sqrt(w2)) * cos(phi);
  return [lon + (east * 180) / (parallelM * PI), lat + (north * 180) / (meridianM * PI)];
}
