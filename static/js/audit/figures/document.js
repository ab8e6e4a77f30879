/** The audit's cells, people and stations, read from the columnar document of stationmap/web/audit/cells.py. */

import RULES from "../../../rules.json" with { type: "json" };

const FORMAT = RULES.cells_format;
const STEPS_PER_DEGREE = RULES.cells_steps_per_degree;
const ARRAYS = { f8: Float64Array, u4: Uint32Array, u1: Uint8Array };

/**
 * @typedef {object} Header
 * @property {number} format
 * @property {number} cell_m
 * @property {string[]} districts codes
 * @property {Record<string, string>} names of districts that are not to be called as the catalogue has it
 * @property {string[]} categories
 * @property {string[]} facilities
 * @property {string[]} who
 * @property {{id: string, name: string}[]} stations
 * @property {string} week_of its Monday
 * @property {Record<string, string[]>} words lines that must stand beside ways along streets, by language
 * @property {Record<keyof Columns, [type: keyof typeof ARRAYS, offset: number, count: number]>} columns
 *
 * @typedef {{
 *   cell_lons: Float64Array, cell_lats: Float64Array, cell_districts: Uint8Array, people: Float64Array,
 *   station_lons: Float64Array, station_lats: Float64Array, in_use: Uint8Array, needs: Uint8Array, category: Uint8Array, who: Uint8Array,
 *   present: Uint32Array, absent: Uint32Array, hours_sure: Uint8Array, hours_possible: Uint8Array, shut: Uint8Array,
 *   known: Uint8Array, sure_first: Uint32Array, sure_second: Uint32Array, possible_first: Uint32Array, possible_second: Uint32Array,
 * }} Columns of cells in second differences of degrees, of stations, and of their week
 *
 * @typedef {{
 *   header: Header, cellM: number, districts: string[], stations: {id: string, name: string}[],
 *   lons: Float64Array, lats: Float64Array, cellDistricts: Uint8Array, people: Float64Array,
 *   stationLons: Float64Array, stationLats: Float64Array, inUse: Uint8Array, needs: Uint8Array, category: Uint8Array, who: Uint8Array,
 *   present: Uint32Array, absent: Uint32Array,
 * } & Week} StudyCells people in thousandths by cell; facilities as bits
 * @typedef {{monday: string, hoursSure: Uint8Array, hoursPossible: Uint8Array, shut: Uint8Array}} Week of stations: hours
 *   as bits, and as bits from Monday on the days that closures leave nothing of
 */

/**
 * @param {ArrayBuffer} data
 * @returns {StudyCells}
 */
export function studyCellsOf(data) {
  const { header, column } = opened(data);
  return {
    header,
    cellM: header.cell_m,
    districts: header.districts,
    stations: header.stations,
    lons: degrees(column("cell_lons")),
    lats: degrees(column("cell_lats")),
    cellDistricts: column("cell_districts"),
    people: column("people"),
    stationLons: column("station_lons"),
    stationLats: column("station_lats"),
    inUse: column("in_use"),
    needs: column("needs"),
    category: column("category"),
    who: column("who"),
    present: column("present"),
    absent: column("absent"),
    ...weekOf(data),
  };
}

/**
 * Return what stations do in one week.
 * @param {ArrayBuffer} data
 * @returns {Week}
 */
export function weekOf(data) {
  const { header, column } = opened(data);
  return {
    monday: header.week_of,
    hoursSure: column("hours_sure"),
    hoursPossible: column("hours_possible"),
    shut: column("shut"),
  };
}

/**
 * @param {ArrayBuffer} data
 */
export function opened(data) {
  const length = new DataView(data).getUint32(0, true);
  /** @type {Header} */
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  if (header.format !== FORMAT) throw new Error(`cells of format ${header.format}`);
  /**
   * @template {keyof Columns} Name
   * @param {Name} name
   */
  const column = (name) => {
    const [type, offset, count] = header.columns[name];
    return /** @type {Columns[Name]} */ (new ARRAYS[type](data, 4 + length + offset, count));
  };
  return { header, column };
}

/**
 * Return degrees of second differences in whole steps; sums of whole numbers below 2^53 are exact.
 * @param {Float64Array} steps
 */
export function degrees(steps) {
  const found = new Float64Array(steps.length);
  let [change, sum] = [0, 0];
  for (let row = 0; row < steps.length; row++) {
    change += steps[row];
    sum += change;
    found[row] = sum / STEPS_PER_DEGREE;
  }
  return found;
}
