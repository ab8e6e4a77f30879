/** What a rider asks for. Unknown is never taken for a no: a station of which it is not known stays in the answer. */

import { DOUBTS, OF_ENTRY, OF_OPENING } from "./doubts.js";
import { isAlwaysOpen, statusAt } from "./hours.js";
import { DAY_MIN } from "../shared/time_units.js";
import RULES from "../../rules.json" with { type: "json" };

/**
 * @typedef {import("./feed.js").Station} Station
 * @typedef {import("./hours.js").Status} Status
 * @typedef {object} Filters
 * @property {boolean} now open on arrival
 * @property {boolean} always open day and night
 * @property {boolean} free nobody has to sign up
 * @property {boolean} restricted also stations that are not open to the public
 * @property {readonly string[]} category any of them
 * @property {readonly string[]} facility all of them
 * @property {readonly string[]} service all of them
 * @property {"walk" | "ebike"} travel
 *
 * @typedef {{speedMS: number, detour: number}} Travel
 * @typedef {{station: Station, arrival: Arrival, doubts: number}} Offer `doubts`: bits of doubts.js
 * @typedef {Status & {seconds: number, onArrival: import("./hours.js").State, inTime: boolean | null, leftMin: number,
 *   isTight: boolean, cautionOnArrival: boolean}} Arrival
 *   `inTime`: open now and still on arrival; `leftMin`: how long it stays open then; `isTight`: too short to rely on.
 */

/** @type {Filters} */
export const DEFAULT_FILTERS = Object.freeze({
  now: true,
  always: false,
  free: false,
  restricted: false,
  category: [],
  facility: [],
  service: [],
  travel: "ebike", // where the operator says no other: see address.js
});

/** In this order conditions are given up when nothing meets all of them. */
const LEAST_IMPORTANT_FIRST = /** @type {const} */ (["now", "always", "free", "facility", "service", "category"]);

/**
 * Tell what a rider who sets out now will find.
 * @param {Status} status
 * @param {number} seconds of the way
 * @param {number} minute of the feed
 * @param {import("./hours.js").Schedule} schedule
 * @param {number} days of the feed
 * @param {number} littleLeftMin
 * @returns {Arrival}
 */
export function arrivalAt(status, seconds, minute, schedule, days, littleLeftMin) {
  const arrivalMin = minute + seconds / 60;
  const stays = arrivalMin < Math.min(status.untilMin ?? Infinity, days * DAY_MIN); // beyond the feed nothing is known
  const waits = status.state === "closed" && seconds > RULES.max_wait_s;
  const found =
    stays || waits ? status : statusAt(schedule, seconds > RULES.max_travel_s ? Infinity : arrivalMin, days);
  const onArrival = found.state;
  const leftMin = onArrival === "open" && found.untilMin !== null ? found.untilMin - arrivalMin : Infinity;
  const cautionOnArrival = schedule.caution_days.includes(Math.floor(Math.max(0, arrivalMin) / DAY_MIN));
  const inTime = status.state === "open" && onArrival !== "unknown" ? onArrival === "open" : null;
  const { state, untilMin, then, reason, caution, usual } = status; // spelled out: for each station it is quicker than a copy
  const isTight = leftMin < littleLeftMin;
  return {
    state,
    untilMin,
    then,
    reason,
    caution,
    usual,
    seconds,
    onArrival,
    inTime,
    leftMin,
    isTight,
    cautionOnArrival,
  };
}

/**
 * Return how fast who travels so is, as the page says of its server.
 * @param {DOMStringMap} site
 * @param {Filters["travel"]} travel
 * @returns {Travel}
 */
export function paceOf({ walkMS, ebikeMS, detour }, travel) {
  return { speedMS: Number(travel === "ebike" ? ebikeMS : walkMS), detour: Number(detour) };
}

/**
 * Tell whether a rider who knows nothing more may be sent there, by the server's rule (stationmap/search/usability.py).
 * @param {Station} station
 */
export function isForRiders({ riders }) {
  return riders < "2";
}

/**
 * Tell whether a station is neither planned nor out of use, for now or for good.
 * @param {Station} station
 */
export function isInUse({ riders }) {
  return riders !== "3";
}

/**
 * Tell whether anyone who comes may enter, at most after signing up.
 * @param {Station} station
 */
export function isForAnyone({ riders }) {
  return riders === "0";
}

/**
 * Tell whether a station meets every condition that does not depend on the moment.
 * @param {Filters} filters
 * @param {Station} station
 * @param {number} days of the feed
 */
export function meets(filters, station, days) {
  return (
    (filters.restricted ? isInUse(station) : isForRiders(station)) &&
    (!filters.free || station.access.who === "public" || station.access.who === "unknown") &&
    (filters.category.length === 0 || filters.category.includes(station.category)) &&
    filters.facility.every((code) => station.facilities[code] !== false) &&
    filters.service.every((code) => station.services.includes(code)) &&
    (!filters.always || isAlwaysOpen(station.schedule, days) || isUnknown(station.schedule))
  );
}

/**
 * Tell whether it is worth setting out now: open on arrival, or not known to be closed.
 * @param {Filters} filters
 * @param {Arrival} found
 */
export function isWorthIt(filters, found) {
  return !filters.now || found.state === "unknown" || found.onArrival !== "closed";
}

/**
 * Tell whether a station is open when the rider gets there; unknown where anything of that is in doubt. Who may enter, what
 * is there and how well the record is kept are other questions.
 * @param {Offer} offer
 * @returns {import("./hours.js").State}
 */
export function openingOf({ arrival: { onArrival }, doubts }) {
  return doubts & OF_OPENING ? "unknown" : onArrival;
}

/**
 * Tell whether a station certainly has all that is wanted: nothing of it is in doubt.
 * @param {Filters} filters
 * @param {Offer} offer
 */
export function isConfirmed(filters, offer) {
  return uncertainty(filters, offer) === 0;
}

/**
 * Tell whether no more is doubtful than how well the record of a station is kept.
 * @param {Filters} filters
 * @param {Offer} offer
 */
export function isRecordOnlyDoubtful(filters, offer) {
  return uncertainty(filters, offer) < UNIT;
}

/**
 * Return how much of what the filters want is not sure: when it is open weighs more than all the rest together, who may enter
 * and what is there more than how well the record is kept.
 * @param {Filters} filters
 * @param {Offer} offer
 */
export function uncertainty(filters, { station: { facilities }, arrival: found, doubts }) {
  const { now, always } = filters;
  const isNot = (now && found.onArrival !== "open") || (always && found.untilMin !== Infinity);
  const isWhen = isNot || ((now || always) && doubts & OF_OPENING);
  const isWelcome = !((filters.now || filters.free) && doubts & OF_ENTRY);
  const missing = filters.facility.filter((code) => !facilities[code]).length;
  return (isWhen ? weightOfWhen(filters) : 0) + UNIT * ((isWelcome ? 0 : 1) + missing) + weightOfRecord(doubts);
}

/**
 * Tell whether an offer is clearly surer than another: surely open, or where that one is so too, less unknown.
 * @param {Filters} filters
 * @param {Offer} offer
 * @param {Offer} other
 */
export function isMoreCertain(filters, offer, other) {
  const most = Math.min(uncertainty(filters, other), weightOfWhen(filters));
  return Math.floor(uncertainty(filters, offer) / UNIT) < Math.floor(most / UNIT);
}

const UNIT = 4; // more than all that can be doubtful of a record

/**
 * @param {Filters} filters
 */
function weightOfWhen({ facility }) {
  return UNIT * (facility.length + 2);
}

/**
 * A rider's remark counts less than a check by the union, an old one or none not at all.
 * @param {number} doubts
 */
function weightOfRecord(doubts) {
  const { never_verified: never, verified_long_ago: old, verified_by_rider: byRider, geocoded } = DOUBTS;
  return (doubts & (never | old) ? 2 : doubts & byRider ? 1 : 0) + (doubts & geocoded ? 1 : 0);
}

/**
 * Tell whether a station is given up for good: nobody needs to know who might enter or how long the way takes.
 * @param {Station} station
 */
export function isGone({ schedule: { status } }) {
  return status === "closed" || status === "moved";
}

/**
 * Yield the filters, then weaker ones with the conditions they gave up: each condition alone, then more and more of them.
 * @param {Filters} filters
 * @returns {Generator<{filters: Filters, dropped: string[]}>}
 */
export function* relaxations(filters) {
  const set = LEAST_IMPORTANT_FIRST.filter((name) =>
    Array.isArray(filters[name]) ? filters[name].length > 0 : filters[name],
  );
  const alone = set.map((name) => [name]);
  const together = set.map((_, at) => set.slice(0, at + 1)).slice(1);
  for (const dropped of [[], ...alone, ...together]) {
    yield { filters: relaxed(filters, dropped), dropped };
  }
}

/**
 * Return filters without the conditions they gave up.
 * @param {Filters} filters
 * @param {readonly string[]} dropped
 * @returns {Filters}
 */
export function relaxed(filters, dropped) {
  const given = LEAST_IMPORTANT_FIRST.filter((name) => dropped.includes(name)).map((name) => [
    name,
    DEFAULT_FILTERS[name] === true ? false : DEFAULT_FILTERS[name],
  ]);
  return { ...filters, ...Object.fromEntries(given) };
}

/**
 * @param {import("./hours.js").Schedule} schedule
 */
function isUnknown({ status, stretches }) {
  return status === "open" && stretches.some(([, , code]) => code === 2);
}
