/** The nearest stations worth setting out for: the answer of this page, worked out on this device. */

import { doubts, isForRiders, isSure, isWorthIt, relaxations, relaxed, suits, visit } from "./choice.js";
import { statusAt } from "./hours.js";

/**
 * @typedef {import("./feed.js").Station} Station
 * @typedef {import("./feed.js").Feed} Feed
 * @typedef {import("./choice.js").Choice} Choice
 * @typedef {import("./choice.js").Travel} Travel
 * @typedef {import("./choice.js").Visit} Visit
 * @typedef {{station: Station, metres: number, visit: Visit}} Offer
 * @typedef {object} Answer
 * @property {Offer[]} offers nearest first
 * @property {Offer[]} [visits] all stations, nearest first; left out where the server answered
 * @property {string[]} dropped the conditions that had to be given up for there to be any
 * @property {number} hidden how many stations nearer than the first offer are not open to the public
 *
 * @typedef {Answer & {visits: Offer[], passed: number}} Ordered an answer as it is listed
 *   `passed`: how many nearer stations the first offer was put before.
 */

const COMPARABLE_S = 300; // so much longer a way may be to a station that can be relied on

/**
 * Answer a rider at a point.
 * @param {Feed} feed
 * @param {import("./nearest.js").Ranked[]} ranked every row of the feed, nearest first
 * @param {Choice} choice
 * @param {number} minute of the feed
 * @param {Travel} travel
 * @returns {Answer}
 */
export function answer(feed, ranked, choice, minute, travel) {
  const statusOf = statuses(feed, minute);
  const visits = ranked.map(({ row, metres }) => {
    const station = feed.stations[row];
    return { station, metres, visit: visit(statusOf(station), metres, minute, travel, station.schedule, feed.days) };
  });
  for (const { choice: weaker, dropped } of relaxations(choice)) {
    const offers = visits.filter((found) => suits(weaker, found.station, feed.days) && isWorthIt(weaker, found.visit));
    if (offers.length > 0)
      return { offers, visits, dropped, hidden: hiddenBefore(offers[0].metres, visits, weaker, feed.days) };
  }
  return { offers: [], visits, dropped: [], hidden: 0 };
}

/**
 * Put the nearest station that surely has what is asked for first, if the way to it is at most 5 minutes longer than to
 * the nearest one of all. If there is none, put those that are as near in the order of how much of them is not sure.
 * @param {Answer} answered
 * @param {Choice} choice
 * @returns {Ordered}
 */
export function preferSure(answered, choice) {
  const { offers, dropped } = answered;
  const kept = relaxed(choice, dropped);
  const isFar = (/** @type {Offer} */ { visit: { seconds } }) => seconds - offers[0].visit.seconds > COMPARABLE_S;
  const end = offers.findIndex(isFar);
  const near = end < 0 ? [...offers] : offers.slice(0, end);
  const passed = Math.max(
    0,
    near.findIndex((offer) => isSure(kept, offer)),
  );
  if (passed) near.unshift(...near.splice(passed, 1));
  else if (near.length && !isSure(kept, near[0])) near.sort((a, b) => doubts(kept, a) - doubts(kept, b));
  return { visits: [], ...answered, offers: [...near, ...offers.slice(near.length)], passed };
}

/**
 * Return the function that tells the status of a station at a minute; stations share schedules, so each is looked up once.
 * @param {Feed} feed
 * @param {number} minute
 */
export function statuses({ days }, minute) {
  /** @type {Map<import("./hours.js").Schedule, import("./hours.js").Status>} */
  const known = new Map();
  return (/** @type {Station} */ { schedule }) => {
    let status = known.get(schedule);
    if (!status) known.set(schedule, (status = statusAt(schedule, minute, days)));
    return status;
  };
}

/**
 * @param {number} metres
 * @param {Offer[]} visits
 * @param {Choice} choice
 * @param {number} days
 */
function hiddenBefore(metres, visits, choice, days) {
  if (choice.restricted) return 0;
  const all = { ...choice, restricted: true };
  const nearer = visits.slice(
    0,
    visits.findIndex((found) => found.metres >= metres),
  );
  return nearer.filter(
    ({ station, visit: found }) => !isForRiders(station) && suits(all, station, days) && isWorthIt(all, found),
  ).length;
}
