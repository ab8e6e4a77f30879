/** The audit as the page asks it: what a change of filter or hour makes anew, and what a change of radius does. */

import { Distances, figuresOf } from "./coverage.js";
import { nearestM, places } from "./nearest.js";
import { supplyOf } from "./supply.js";

/**
 * @typedef {import("./document.js").StudyCells} StudyCells
 * @typedef {import("./supply.js").StationFilter} StationFilter
 */

export class Audit {
  /**
   * @param {StudyCells} study
   */
  constructor(study) {
    this.study = study;
    this.cells = places(study.lons, study.lats);
    this.stations = places(study.stationLons, study.stationLats);
    /** @type {import("./supply.js").Supply} */
    this.supply = { sure: [], possible: [], shut: [] };
    const nowhere = nearestM(this.cells, this.stations, []);
    this.metres = { sure: nowhere, possible: nowhere };
    const unknown = new Distances(study, nowhere.first);
    this.distances = { sure: unknown, possible: unknown };
    /** @type {Uint8Array | null} */
    this.known = null;
  }

  /**
   * Take another week: what was worked out of the one before stays until `ask` is called.
   * @param {import("./document.js").Week} week
   */
  turnTo(week) {
    Object.assign(this.study, week);
  }

  /**
   * Take other stations to count.
   * @param {StationFilter} filter
   */
  ask(filter) {
    const { study } = this;
    this.supply = supplyOf(study, filter);
    const { sure, possible } = this.supply;
    this.known = null;
    const surely = nearestM(this.cells, this.stations, sure);
    // What surely counts also possibly does: as many are the same ones.
    const isSame = sure.length === possible.length;
    this.metres = { sure: surely, possible: isSame ? surely : nearestM(this.cells, this.stations, possible) };
    const toSure = new Distances(study, surely.first);
    this.distances = { sure: toSure, possible: isSame ? toSure : new Distances(study, this.metres.possible.first) };
  }

  /**
   * Take what the server measured along streets for the stations that count.
   * @param {import("./ways.js").Ways} ways
   */
  take({ sure, possible, known }) {
    this.known = known;
    this.metres = { sure, possible };
    const seen = (/** @type {Float64Array} */ first) => first.map((each, cell) => (known[cell] ? each : Infinity));
    this.distances = {
      sure: new Distances(this.study, seen(sure.first)),
      possible: new Distances(this.study, seen(possible.first)),
    };
  }

  /**
   * @param {number} radiusM
   */
  figures(radiusM) {
    return figuresOf(this.study, this.metres, this.distances, radiusM);
  }
}
