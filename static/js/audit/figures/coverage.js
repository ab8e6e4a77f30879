/**
 * Coverage by district, worked out here with the server's own figures (stationmap/audit/metrics/coverage.py): people and cells are
 * whole thousandths and distances whole metres, so that sums are exact and the two agree to the last digit.
 */

import { PARTS, reached, sharesByMetre } from "./cell_share.js";

/**
 * @typedef {import("./document.js").StudyCells} StudyCells
 * @typedef {import("./nearest.js").Nearest} Nearest
 * @typedef {{people: number, cells: number, share: number | null, twiceShare: number | null, areaKm2: number, areaShare: number | null,
 *   meanM: number | null, p50M: number | null, p90M: number | null}} Reach people and cells in thousandths; twice by two stations or more
 * @typedef {{code: string | null, people: number, areaKm2: number, sure: Reach, possible: Reach}} Figures
 */

/** People by whole metres to their nearest station, by district: what no radius changes. */
export class Distances {
  /**
   * @param {StudyCells} study
   * @param {Float64Array} metres to the nearest station by cell
   */
  constructor(study, metres) {
    /** @type {Float64Array[]} */
    this.histograms = [];
    /** @type {boolean} */
    this.isKnown = metres.some((each) => each < Infinity);
    if (!this.isKnown) return;
    let most = 0;
    for (let cell = 0; cell < metres.length; cell++)
      if (metres[cell] > most && metres[cell] < Infinity) most = metres[cell];
    this.histograms = study.districts.map(() => new Float64Array(Math.round(most) + 1));
    for (let cell = 0; cell < metres.length; cell++)
      // Along streets no way is known from some cells.
      if (metres[cell] < Infinity)
        this.histograms[study.cellDistricts[cell]][halfToEven(metres[cell])] += study.people[cell];
  }

  /**
   * Return the histogram of a district, or of all of them.
   * @param {number | null} district
   */
  of(district) {
    if (district !== null) return this.histograms[district];
    const sum = new Float64Array(this.histograms[0].length);
    for (const each of this.histograms) for (let metre = 0; metre < sum.length; metre++) sum[metre] += each[metre];
    return sum;
  }

  /**
   * Return mean, median and 90th percentile, weighted by people; nulls where there is nobody or no station.
   * @param {number | null} district
   */
  summary(district) {
    const nothing = { meanM: null, p50M: null, p90M: null };
    if (!this.isKnown) return nothing;
    const people = this.of(district);
    let [all, weighted] = [0, 0];
    for (let metre = 0; metre < people.length; metre++) {
      all += people[metre];
      weighted += people[metre] * metre;
    }
    if (!all) return nothing;
    return { meanM: weighted / all, p50M: quantile(people, 0.5 * all), p90M: quantile(people, 0.9 * all) };
  }
}

/**
 * Return the figures of all districts together, then of each.
 * @param {StudyCells} study
 * @param {{sure: Nearest, possible: Nearest}} metres
 * @param {{sure: Distances, possible: Distances}} distances of the same metres
 * @param {number} radiusM
 * @returns {Figures[]}
 */
export function figuresOf(study, metres, distances, radiusM) {
  const counts = counted(study, metres, radiusM);
  const cellKm2 = (study.cellM * study.cellM) / 1e6;
  const every = study.districts.map((_, at) => at);
  const line = (/** @type {string | null} */ code, /** @type {number[]} */ ats) => {
    const sum = (/** @type {Float64Array} */ column) => ats.reduce((total, at) => total + column[at], 0);
    const [people, cells] = [sum(counts.people), sum(counts.cells)];
    const reach = (/** @type {"sure" | "possible"} */ side) => {
      const [served, study] = [sum(counts[side].people), sum(counts[side].cells)];
      return {
        people: served,
        cells: study,
        share: people ? served / people : null,
        twiceShare: people ? sum(counts[side].twice) / people : null,
        areaKm2: (study / PARTS) * cellKm2,
        areaShare: cells ? study / cells : null,
        ...distances[side].summary(code === null ? null : ats[0]),
      };
    };
    return { code, people, areaKm2: (cells / PARTS) * cellKm2, sure: reach("sure"), possible: reach("possible") };
  };
  return [line(null, every), ...study.districts.map((code, at) => line(code, [at]))];
}

/**
 * @param {StudyCells} study
 * @param {{sure: Nearest, possible: Nearest}} metres
 * @param {number} radiusM
 */
function counted(study, metres, radiusM) {
  const { people, cellDistricts, districts } = study;
  const all = { people: new Float64Array(districts.length), cells: new Float64Array(districts.length) };
  for (let cell = 0; cell < people.length; cell++) {
    all.people[cellDistricts[cell]] += people[cell];
    all.cells[cellDistricts[cell]] += PARTS;
  }
  const shares = sharesByMetre(radiusM, study.cellM);
  const sure = served(study, metres.sure, shares);
  return { ...all, sure, possible: metres.possible === metres.sure ? sure : served(study, metres.possible, shares) };
}

/**
 * Return what of each district is in reach, in thousandths: people, area, and people with a second station.
 * @param {StudyCells} study
 * @param {Nearest} nearest
 * @param {Float64Array} shares by metre
 */
function served({ people, cellDistricts, districts }, { first, second }, shares) {
  const column = () => new Float64Array(districts.length);
  const sums = { people: column(), cells: column(), twice: column() };
  const outer = shares.length - 1;
  // Columns by name and no other object in the loop: it runs over every cell while a slider moves.
  const { people: here, cells, twice } = sums;
  for (let cell = 0; cell < people.length; cell++) {
    if (first[cell] >= outer) continue;
    const at = cellDistricts[cell];
    const parts = shares[halfToEven(first[cell])];
    here[at] += reached(people[cell], parts);
    cells[at] += parts;
    if (second[cell] < outer) twice[at] += reached(people[cell], shares[halfToEven(second[cell])]);
  }
  return sums;
}

/**
 * Return the first metre at which the people so far are at least `wanted`.
 * @param {Float64Array} people
 * @param {number} wanted
 */
function quantile(people, wanted) {
  let below = 0;
  for (let metre = 0; metre < people.length; metre++) {
    below += people[metre];
    if (people[metre] && below >= wanted) return metre;
  }
  return null;
}

/**
 * Round as the server does: a half goes to the even neighbour.
 * @param {number} value
 */
function halfToEven(value) {
  const low = Math.floor(value);
  if (value - low !== 0.5) return Math.round(value);
  return low % 2 ? low + 1 : low;
}
