/**
 * Metres on the WGS-84 ellipsoid by Earth-centred coordinates, as stationmap/geo/geodesy.py has them: the straight chord orders
 * the stations, and the arc above it with Euler's radius of curvature is the geodesic to a micrometre within 100 km.
 */

const EQUATORIAL_RADIUS_M = 6378137;
const FLATTENING = 1 / 298.257223563;
const ECCENTRICITY_2 = FLATTENING * (2 - FLATTENING);
const RADIANS = Math.PI / 180;

/**
 * Return Earth-centred metres of a point on the ellipsoid.
 * @param {number} lon degrees
 * @param {number} lat degrees
 * @returns {[number, number, number]}
 */
export function ecef(lon, lat) {
  const sinLat = Math.sin(lat * RADIANS);
  const cosLat = Math.cos(lat * RADIANS);
  const normalM = EQUATORIAL_RADIUS_M / Math.sqrt(1 - ECCENTRICITY_2 * sinLat * sinLat);
  const fromAxisM = normalM * cosLat;
  return [
    fromAxisM * Math.cos(lon * RADIANS),
    fromAxisM * Math.sin(lon * RADIANS),
    normalM * (1 - ECCENTRICITY_2) * sinLat,
  ];
}

/**
 * Return geodesic metres between two points given in Earth-centred metres; meant for at most some hundred kilometres.
 * @param {ArrayLike<number>} from
 * @param {ArrayLike<number>} to
 * @returns {number}
 */
export function arcM(from, to) {
  const dz = to[2] - from[2];
  const chord2 = (to[0] - from[0]) ** 2 + (to[1] - from[1]) ** 2 + dz * dz;
  if (chord2 === 0) return 0;
  // The ellipsoid's normal at the middle of the chord needs no trigonometry.
  const z = (from[2] + to[2]) / (1 - ECCENTRICITY_2);
  const horizontal2 = (from[0] + to[0]) ** 2 + (from[1] + to[1]) ** 2;
  const length2 = horizontal2 + z * z;
  const bulge = 1 - (ECCENTRICITY_2 * z * z) / length2;
  const northing2 = horizontal2 > 0 ? Math.min((dz * dz * length2) / horizontal2, chord2) : 0;
  const curved = (Math.sqrt(bulge) / EQUATORIAL_RADIUS_M) * (chord2 + northing2 * (bulge / (1 - ECCENTRICITY_2) - 1));
  const angle2 = (curved * curved) / chord2;
  return Math.sqrt(chord2) * (1 + angle2 / 24 + (3 * angle2 * angle2) / 640);
}
