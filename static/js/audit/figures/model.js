/** The audit as the page asks it: what a change of filter or hour makes anew, and what a change of radius does. */

import { Distances, figuresOf } from "./coverage.js";
import { nearestM, places } from "./nearest.js";
import { supplyOf } from "./supply.js";

/**
 * @typedef {import("./document.js").Ground} Ground
 * @typedef {import("./supply.js").Asked} Asked
 */

export class Audit {
  /**
   * @param {Ground} ground
   */
  constructor(ground) {
    this.ground = ground;
    this.cells = places(ground.lons, ground.lats);
    this.stations = places(ground.stationLons, ground.stationLats);
    /** @type {import("./supply.js").Supply} */
    this.supply = { sure: [], possible: [], shut: [] };
    const nowhere = nearestM(this.cells, this.stations, []);
    this.metres = { sure: nowhere, possible: nowhere };
    const untold = new Distances(ground, nowhere.first);
    this.distances = { sure: untold, possible: untold };
  }

  /**
   * Take another week: what was worked out of the one before stays until something is asked.
   * @param {import("./document.js").Week} week
   */
  turnTo(week) {
    Object.assign(this.ground, week);
  }

  /**
   * Take other stations to count.
   * @param {Asked} asked
   */
  ask(asked) {
    const { ground } = this;
    this.supply = supplyOf(ground, asked);
    const { sure, possible } = this.supply;
    const surely = nearestM(this.cells, this.stations, sure);
    // What surely counts also possibly does: as many are the same ones.
    const isSame = sure.length === possible.length;
    this.metres = { sure: surely, possible: isSame ? surely : nearestM(this.cells, this.stations, possible) };
    const told = new Distances(ground, surely.first);
    this.distances = { sure: told, possible: isSame ? told : new Distances(ground, this.metres.possible.first) };
  }

  /**
   * @param {number} radiusM
   */
  figures(radiusM) {
    return figuresOf(this.ground, this.metres, this.distances, radiusM);
  }
}
