/** Opening times that the server has already worked out: a look-up, not a parser. */

import { DAY_MIN, MINUTE_MS } from "../shared/time_units.js";

const SLOW_MIN = 60; // a feed is never of tomorrow: so far before it, the phone's clock is a little slow

/**
 * @typedef {"open" | "closed" | "unknown"} State
 * @typedef {{hours: string | null, status: string, closures: [string, string | null, string][],
 *   stretches: [number, number, number][], caution_days: number[], usual?: Record<number, string | null>}} Schedule
 *   Stretches are [from, to, 1 open | 2 unknown] in minutes since the feed's start; all the rest is closed. The night
 *   into the first day begins before it. `usual` are the usual hours of the days that wait for the notice of holidays.
 * @typedef {{state: State, untilMin: number | null, then: State | null, reason: string | null, caution: boolean,
 *   usual?: string | null}} Status
 *   `untilMin` is when the state changes and `then` what it changes to; null if the feed does not tell, Infinity if a
 *   place never closes.
 */

/** @type {Record<number, State>} */
const STATES = { 1: "open", 2: "unknown" };
const NEVER = [Infinity, Infinity, 0];

/**
 * Return the minutes between the start of a feed and a moment.
 * @param {string} start ISO 8601 with offset
 * @param {number} atMs
 */
export function minuteAt(start, atMs) {
  return (atMs - Date.parse(start)) / MINUTE_MS;
}

/**
 * Tell the state at a minute of a feed of so many days; outside of them nothing is known.
 * @param {Schedule} schedule
 * @param {number} minute
 * @param {number} days
 * @returns {Status}
 */
export function statusAt(schedule, minute, days) {
  // Nobody is there, however old the feed is and whatever the phone's clock says.
  if (schedule.status !== "open")
    return { state: "closed", untilMin: null, then: null, reason: `status_${schedule.status}`, caution: false };
  if (minute < -SLOW_MIN || minute >= days * DAY_MIN) {
    const reason = minute < 0 ? "clock_slow" : "feed_expired";
    return { state: "unknown", untilMin: null, then: null, reason, caution: false };
  }
  const { stretches } = schedule;
  const at = Math.max(0, minute);
  const caution = schedule.caution_days.includes(Math.floor(at / DAY_MIN));
  const next = stretches.findIndex(([, to]) => at < to); // it has begun, or is the next to
  const [from, to, code] = stretches[next] ?? NEVER;
  if (at < from) {
    const opens = from < Infinity;
    return { state: "closed", untilMin: opens ? from : null, then: opens ? STATES[code] : null, reason: null, caution };
  }
  const state = STATES[code];
  const usual = state === "unknown" ? schedule.usual?.[Math.floor(at / DAY_MIN)] : undefined;
  const noHours = state === "unknown" && schedule.hours === null ? "hours_not_given" : null;
  const reason = usual === undefined ? noHours : "holidays_not_announced";
  // A stretch that ends with the feed goes on, nobody knows how long.
  if (to === days * DAY_MIN)
    return { state, untilMin: isAlwaysOpen(schedule, days) ? Infinity : null, then: null, reason, caution, usual };
  const after = stretches[next + 1];
  return { state, untilMin: to, then: after?.[0] === to ? STATES[after[2]] : "closed", reason, caution, usual };
}

/**
 * Tell whether a place is open for all the days of a feed.
 * @param {Schedule} schedule
 * @param {number} days
 */
export function isAlwaysOpen(schedule, days) {
  const [first] = schedule.stretches;
  return (
    schedule.stretches.length === 1 && first[0] === 0 && first[1] === days * DAY_MIN && STATES[first[2]] === "open"
  );
}
