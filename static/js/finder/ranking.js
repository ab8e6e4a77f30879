/** The nearest stations worth setting out for: the answer of this page, worked out on this device. */

import {
  isRecordOnlyDoubtful,
  isForRiders,
  isConfirmed,
  isMoreCertain,
  isWorthIt,
  relaxations,
  relaxed,
  meets,
  uncertainty,
} from "../rider/filter_rules.js";

/**
 * @typedef {import("../rider/filter_rules.js").Filters} Filters
 * @typedef {import("../rider/arrival.js").Offer} Offer
 * @typedef {import("../rider/arrival.js").Arrivals} Arrivals
 * @typedef {object} Ranking
 * @property {Offer[]} offers nearest first
 * @property {string[]} dropped the conditions that had to be given up for there to be any
 * @property {number} hidden how many stations nearer than the first offer are not open to the public
 *
 * @typedef {Ranking & {passed: number, surer: Offer | null}} ListedRanking an answer as it is listed
 *   `passed`: how many nearer stations the first offer was put before; `surer`: the nearest one that can be relied on, or
 *   more so than the first, listed second because the way to it is longer than those to the others.
 */

const COMPARABLE_S = 300; // so much longer a way may be to a station that can be relied on

/**
 * Answer a rider: with all offers, or with so many as are wanted and any that could be listed before them.
 * @param {Arrivals} arrivals
 * @param {Filters} filters
 * @param {number} [wanted]
 * @returns {Ranking}
 */
export function rank(arrivals, filters, wanted = Infinity) {
  for (const { filters: weaker, dropped } of relaxations(filters)) {
    const offers = nearest(arrivals, weaker, wanted);
    if (offers.length > 0) return { offers, dropped, hidden: hiddenBefore(offers[0].metres, arrivals, weaker) };
  }
  return { offers: [], dropped: [], hidden: 0 };
}

/**
 * @param {Arrivals} arrivals
 * @param {Filters} filters
 * @param {number} wanted
 */
function nearest(arrivals, filters, wanted) {
  /** @type {Offer[]} */
  const offers = [];
  for (let place = 0; place < arrivals.length; place++) {
    if (!meets(filters, arrivals.station(place), arrivals.days)) continue;
    const offer = arrivals.at(place);
    if (!isWorthIt(filters, offer.arrival)) continue;
    if (offers.length >= wanted && isFar(offer, offers[0])) break;
    offers.push(offer);
  }
  return offers;
}

/**
 * Tell whether an offer is too far to be put before the nearest one.
 * @param {Offer} offer
 * @param {Offer} first
 */
function isFar(offer, first) {
  return offer.arrival.seconds - first.arrival.seconds > COMPARABLE_S;
}

/**
 * Put the nearest station that surely meets the filters first, if the way to it is at most 5 minutes longer than to
 * the nearest one of all. If there is none, put those that are as near in the order of how much of them is not sure, and
 * where more is in doubt of their first than how well its record is kept, second the nearest of the others of which no more
 * is, or where none is, the nearest surer one: nobody has to look for it.
 * @param {Ranking} answered
 * @param {Filters} filters
 * @returns {ListedRanking}
 */
export function preferConfirmed(answered, filters) {
  const { offers, dropped } = answered;
  const kept = relaxed(filters, dropped);
  const end = offers.findIndex((offer) => isFar(offer, offers[0]));
  const near = end < 0 ? [...offers] : offers.slice(0, end);
  const rest = offers.slice(near.length);
  const isAll = (/** @type {Offer} */ offer) => isConfirmed(kept, offer);
  const at = near.findIndex(isAll);
  if (at >= 0) near.unshift(...near.splice(at, 1));
  else near.sort((a, b) => uncertainty(kept, a) - uncertainty(kept, b));
  const passed = near.filter(({ metres }) => metres < near[0].metres).length;
  const isEnough = at >= 0 || near.length === 0 || isRecordOnlyDoubtful(kept, near[0]);
  const isUsable = (/** @type {Offer} */ offer) => isRecordOnlyDoubtful(kept, offer);
  const found = isEnough ? null : rest.find(isUsable) || rest.find((offer) => isMoreCertain(kept, offer, near[0]));
  const surer = found || null;
  if (surer) near.splice(1, 0, ...rest.splice(rest.indexOf(surer), 1));
  return { ...answered, offers: [...near, ...rest], passed, surer };
}

/**
 * @param {number} metres
 * @param {Arrivals} arrivals
 * @param {Filters} filters
 */
function hiddenBefore(metres, arrivals, filters) {
  if (filters.restricted) return 0;
  const all = { ...filters, restricted: true };
  let hidden = 0;
  for (let place = 0; arrivals.metres(place) < metres; place++) {
    const station = arrivals.station(place);
    if (!isForRiders(station) && meets(all, station, arrivals.days) && isWorthIt(all, arrivals.at(place).arrival))
      hidden++;
  }
  return hidden;
}
