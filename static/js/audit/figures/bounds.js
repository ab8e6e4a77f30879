/** Where the cells of a city lie. */

/**
 * Return the south-western and the north-eastern corner around all cells, latitude first as Leaflet has it.
 * @param {import("./document.js").StudyCells} study
 * @returns {[[number, number], [number, number]]}
 */
export function boundsOf({ lons, lats }) {
  return [
    [least(lats), least(lons)],
    [most(lats), most(lons)],
  ];
}

/**
 * @param {Float64Array} values
 */
function least(values) {
  return values.reduce((low, each) => Math.min(low, each), Infinity);
}

/**
 * @param {Float64Array} values
 */
function most(values) {
  return values.reduce((high, each) => Math.max(high, each), -Infinity);
}
