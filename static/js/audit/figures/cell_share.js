/** How much of a cell is in reach of a station, with the server's own rule and figures (stationmap/audit/inputs/cell_share.py). */

/** A whole cell, and what people in thousandths are divided by. */
export const PARTS = 1000;

/**
 * Return the share of a cell in parts, by the whole metres from its middle to a station: of a disc of its area.
 * @param {number} radiusM
 * @param {number} cellM
 */
export function sharesByMetre(radiusM, cellM) {
  const cellRadiusM = cellM / Math.sqrt(Math.PI);
  const area = Math.PI * cellRadiusM ** 2;
  const shares = new Float64Array(Math.ceil(radiusM + cellRadiusM) + 2);
  for (let metre = 0; metre < shares.length; metre++)
    shares[metre] = Math.floor((lensM2(radiusM, cellRadiusM, metre) / area) * PARTS + 0.5);
  return shares;
}

/**
 * Return the people, thousandths, of cells of which so many parts are in reach.
 * @param {number} people
 * @param {number} parts
 */
export const reached = (people, parts) => Math.floor((people * parts + PARTS / 2) / PARTS);

/**
 * Return the area two discs have in common.
 * @param {number} one radius
 * @param {number} other radius
 * @param {number} apart
 */
function lensM2(one, other, apart) {
  if (apart <= Math.abs(one - other)) return Math.PI * Math.min(one, other) ** 2;
  if (apart >= one + other) return 0;
  const first = (apart ** 2 + one ** 2 - other ** 2) / (2 * apart * one);
  const second = (apart ** 2 + other ** 2 - one ** 2) / (2 * apart * other);
  const kite = (one + other - apart) * (apart + one - other) * (apart - one + other) * (apart + one + other);
  const angle = (/** @type {number} */ cosine) => Math.acos(Math.min(Math.max(cosine, -1), 1));
  return one ** 2 * angle(first) + other ** 2 * angle(second) - Math.sqrt(Math.max(kite, 0)) / 2;
}
