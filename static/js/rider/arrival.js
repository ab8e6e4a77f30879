/** What a rider who sets out now finds at each station, nearest first; worked out when it is looked at. */

import { arrivalAt } from "./filter_rules.js";
import { Checks, doubtsOf } from "./doubts.js";
import { statusAt } from "./hours.js";
import { Places } from "./nearest.js";
import { MINUTE_MS } from "../shared/time_units.js";

/**
 * @typedef {import("./feed.js").Station} Station
 * @typedef {import("./hours.js").Schedule} Schedule
 * @typedef {object} Way what is known of the way to a station besides its straight line
 * @property {number} [metres] along streets
 * @property {number} [seconds] along streets
 * @property {boolean} [isUnknown] whether no way along streets is known
 * @property {number} [detourS] how much longer it makes the way to where the rider goes next
 *
 * @typedef {Record<string, Way>} Ways by the ids of stations
 * @typedef {{station: Station, metres: number, arrival: import("./filter_rules.js").Arrival, doubts: number, way?: Way}} Offer
 */

/**
 * Return what who sets out from a point finds at one station.
 * @param {import("./feed.js").Feed} feed
 * @param {Station} station
 * @param {{lon: number, lat: number}} from
 * @param {number} minute of the feed
 * @param {import("./filter_rules.js").Travel} travel
 * @param {Ways} [ways]
 */
export function arrivalAtStation(feed, station, { lon, lat }, minute, travel, ways) {
  const ranked = new Places([station.lon], [station.lat]).ranked(lon, lat);
  return new Arrivals({ ...feed, stations: [station] }, ranked, minute, travel, ways).at(0);
}

export class Arrivals {
  /**
   * @param {import("./feed.js").Feed} feed
   * @param {import("./nearest.js").Ranked} ranked every row of the feed, nearest first
   * @param {number} minute of the feed
   * @param {import("./filter_rules.js").Travel} travel
   * @param {Ways} [ways] of those stations of which more is known
   */
  constructor({ stations, days, start, rules }, ranked, minute, travel, ways = {}) {
    this.stations = stations;
    this.days = days;
    this.ranked = ranked;
    this.minute = minute;
    this.travel = travel;
    this.ways = ways;
    this.rules = rules;
    this.checks = new Checks(Date.parse(start) + minute * MINUTE_MS, rules);
    /** @type {Map<Schedule, import("./hours.js").Status>} stations share schedules: each is looked up once */
    this.statuses = new Map();
    /** @type {(Offer | undefined)[]} */
    this.known = [];
  }

  get length() {
    return this.ranked.rows.length;
  }

  /**
   * @param {number} place 0 is the nearest
   */
  station(place) {
    return this.stations[this.ranked.rows[place]];
  }

  /**
   * @param {number} place
   */
  metres(place) {
    return this.ranked.metres[place];
  }

  /**
   * @param {number} place
   * @returns {Offer}
   */
  at(place) {
    const known = this.known[place] ?? this.offer(this.station(place), this.metres(place));
    this.known[place] = known;
    return known;
  }

  /**
   * Return the arrival at the nearest station of which something holds; null if there is none.
   * @param {(station: Station) => boolean} holds
   */
  find(holds) {
    for (let place = 0; place < this.length; place++) if (holds(this.station(place))) return this.at(place);
    return null;
  }

  /**
   * Return the arrivals at all stations of which something holds, nearest first.
   * @param {(station: Station) => boolean} holds
   */
  filter(holds) {
    const found = [];
    for (let place = 0; place < this.length; place++) if (holds(this.station(place))) found.push(this.at(place));
    return found;
  }

  /**
   * @param {Station} station
   * @param {number} straightM
   * @returns {Offer}
   */
  offer(station, straightM) {
    const { schedule } = station;
    const { minute, travel, days, rules, checks } = this;
    const status = this.statuses.get(schedule) ?? statusAt(schedule, minute, days);
    this.statuses.set(schedule, status);
    const way = this.ways[station.id] ?? {};
    const { metres = straightM, seconds = (straightM * travel.detour) / travel.speedMS } = way;
    const found = arrivalAt(status, seconds, minute, schedule, days, rules.littleLeftMin);
    return { station, metres, arrival: found, doubts: doubtsOf(station, found, checks), way };
  }
}
