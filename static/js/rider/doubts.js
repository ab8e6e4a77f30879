/** What a rider cannot rely on of a station, as stationmap/search/doubts.py has it; each doubt is a bit. */

import { reportedAt } from "./marks.js";
import { DAY_MS, ZONE_MS } from "../shared/time_units.js";
import RULES from "../../rules.json" with { type: "json" };

/**
 * @typedef {import("./feed.js").Station} Station
 * @typedef {import("./feed.js").Rules} Rules
 */

/** By the names of the server, in its order. */
export const DOUBTS = {
  reported_locked: 512,
  hours_unknown: 1,
  holiday_unstated: 2,
  closes_soon: 4,
  entry_unsure: 8,
  restricted: 16,
  facility_unknown: 0, // depends on the filters: see filter_rules.js
  never_verified: 32,
  verified_long_ago: 64,
  verified_by_rider: 128,
  geocoded: 256,
};
export const OF_OPENING = DOUBTS.hours_unknown | DOUBTS.holiday_unstated | DOUBTS.closes_soon | DOUBTS.reported_locked;
export const OF_ENTRY = DOUBTS.entry_unsure | DOUBTS.restricted;
const OF_ENTRY_BY_STANDING = [0, DOUBTS.entry_unsure, DOUBTS.restricted, DOUBTS.restricted];

/** The day of who asks, and the last one on which a check is not yet an old one. */
export class Checks {
  /**
   * @param {number} atMs
   * @param {Rules} rules
   */
  constructor(atMs, { checkedDays }) {
    const day = (/** @type {number} */ ago) => new Date(atMs + ZONE_MS - ago * DAY_MS).toISOString().slice(0, 10);
    this.atMs = atMs;
    this.today = day(0);
    this.limit = day(checkedDays);
  }

  /**
   * Tell what is doubtful of the last check of a record; one still to come is none.
   * @param {import("./feed.js").Verified | null | undefined} verified
   * @param {import("./marks.js").Confirmed} [confirmed] several riders who found it open are a weak check where there is no other
   * @returns {number}
   */
  doubtOf(verified, confirmed) {
    const own = this.doubtOfCheck(verified);
    const isWeak = own & (DOUBTS.never_verified | DOUBTS.verified_long_ago);
    if (!isWeak || !confirmed || confirmed.times < RULES.several_confirmations) return own;
    return this.doubtOfCheck({ on: confirmed.on, by: "rider" });
  }

  /** @param {import("./feed.js").Verified | null | undefined} verified */
  doubtOfCheck(verified) {
    if (!verified || verified.on > this.today) return DOUBTS.never_verified;
    if (verified.on < this.limit) return DOUBTS.verified_long_ago;
    return verified.by === "rider" ? DOUBTS.verified_by_rider : 0;
  }
}

/**
 * Return what is not sure of a station for who sets out now, of what does not depend on a choice.
 * @param {Station} station
 * @param {import("./filter_rules.js").Arrival} found
 * @param {Checks} checks
 */
export function doubtsOf(station, found, checks) {
  const { state, onArrival } = found;
  return (
    (onArrival === "unknown" || (onArrival === "closed" && state === "unknown") ? DOUBTS.hours_unknown : 0) |
    (onArrival === "open" && found.cautionOnArrival ? DOUBTS.holiday_unstated : 0) |
    (onArrival === "open" && found.isTight ? DOUBTS.closes_soon : 0) |
    OF_ENTRY_BY_STANDING[Number(station.riders)] |
    checks.doubtOf(station.verified, station.marks?.confirmed) |
    (station.geocoded === "1" ? DOUBTS.geocoded : 0) |
    (reportedAt(station, checks.atMs) ? DOUBTS.reported_locked : 0)
  );
}
