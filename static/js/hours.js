/** Opening times that the server has already worked out: a look-up, not a parser. */

export const DAY_MIN = 1440;
const MINUTE_MS = 60_000;

/**
 * @typedef {"open" | "closed" | "unknown"} State
 * @typedef {{hours: string | null, status: string, closures: [string, string | null, string][],
 *   stretches: [number, number, number][], caution_days: number[]}} Schedule
 *   Stretches are [from, to, 1 open | 2 unknown] in minutes since the feed's start; all the rest is closed. The night
 *   into the first day begins before it.
 * @typedef {{state: State, untilMin: number | null, reason: string | null, caution: boolean}} Status
 *   `untilMin` is when the state changes, null if it does not within the feed.
 */

/** @type {Record<number, State>} */
const STATES = { 1: "open", 2: "unknown" };

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
  if (minute < 0 || minute >= days * DAY_MIN) {
    return { state: "unknown", untilMin: null, reason: "feed_expired", caution: false };
  }
  const caution = schedule.caution_days.includes(Math.floor(minute / DAY_MIN));
  const now = schedule.stretches.find(([from, to]) => from <= minute && minute < to);
  if (now) {
    const untilMin = now[1] < days * DAY_MIN ? now[1] : null;
    return { state: STATES[now[2]] ?? "unknown", untilMin, reason: unknownBecause(schedule, now[2]), caution };
  }
  const next = schedule.stretches.find(([from]) => from > minute);
  const reason = schedule.status === "open" ? null : `status_${schedule.status}`;
  return { state: "closed", untilMin: next ? next[0] : null, reason, caution };
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

/**
 * @param {Schedule} schedule
 * @param {number} code
 */
function unknownBecause(schedule, code) {
  return STATES[code] === "unknown" && schedule.hours === null ? "hours_not_given" : null;
}
