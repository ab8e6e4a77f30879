/** The nearest stations worth setting out for: the answer of this page, worked out on this device. */

import {
  isFair,
  isForRiders,
  isSure,
  isSurer,
  isWorthIt,
  relaxations,
  relaxed,
  suits,
  weight,
} from "../rider/filter_rules.js";

/**
 * @typedef {import("../rider/filter_rules.js").Choice} Choice
 * @typedef {import("../rider/arrival.js").Offer} Offer
 * @typedef {import("../rider/arrival.js").Visits} Visits
 * @typedef {object} Answer
 * @property {Offer[]} offers nearest first
 * @property {string[]} dropped the conditions that had to be given up for there to be any
 * @property {number} hidden how many stations nearer than the first offer are not open to the public
 *
 * @typedef {Answer & {passed: number, surer: Offer | null}} Ordered an answer as it is listed
 *   `passed`: how many nearer stations the first offer was put before; `surer`: the nearest one that can be relied on, or
 *   more so than the first, listed second because the way to it is longer than those to the others.
 */

const COMPARABLE_S = 300; // so much longer a way may be to a station that can be relied on

/**
 * Answer a rider: with all offers, or with so many as are wanted and any that could be listed before them.
 * @param {Visits} visits
 * @param {Choice} choice
 * @param {number} [wanted]
 * @returns {Answer}
 */
export function answer(visits, choice, wanted = Infinity) {
  for (const { choice: weaker, dropped } of relaxations(choice)) {
    const offers = nearest(visits, weaker, wanted);
    if (offers.length > 0) return { offers, dropped, hidden: hiddenBefore(offers[0].metres, visits, weaker) };
  }
  return { offers: [], dropped: [], hidden: 0 };
}

/**
 * @param {Visits} visits
 * @param {Choice} choice
 * @param {number} wanted
 */
function nearest(visits, choice, wanted) {
  /** @type {Offer[]} */
  const offers = [];
  for (let place = 0; place < visits.length; place++) {
    if (!suits(choice, visits.station(place), visits.days)) continue;
    const offer = visits.at(place);
    if (!isWorthIt(choice, offer.visit)) continue;
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
  return offer.visit.seconds - first.visit.seconds > COMPARABLE_S;
}

/**
 * Put the nearest station that surely has what is asked for first, if the way to it is at most 5 minutes longer than to
 * the nearest one of all. If there is none, put those that are as near in the order of how much of them is not sure, and
 * where more is in doubt of their first than how well its record is kept, second the nearest of the others of which no more
 * is, or where none is, the nearest surer one: nobody has to look for it.
 * @param {Answer} answered
 * @param {Choice} choice
 * @returns {Ordered}
 */
export function preferSure(answered, choice) {
  const { offers, dropped } = answered;
  const kept = relaxed(choice, dropped);
  const end = offers.findIndex((offer) => isFar(offer, offers[0]));
  const near = end < 0 ? [...offers] : offers.slice(0, end);
  const rest = offers.slice(near.length);
  const isAll = (/** @type {Offer} */ offer) => isSure(kept, offer);
  const at = near.findIndex(isAll);
  if (at >= 0) near.unshift(...near.splice(at, 1));
  else near.sort((a, b) => weight(kept, a) - weight(kept, b));
  const passed = near.filter(({ metres }) => metres < near[0].metres).length;
  const isEnough = at >= 0 || near.length === 0 || isFair(kept, near[0]);
  const isUsable = (/** @type {Offer} */ offer) => isFair(kept, offer);
  const found = isEnough ? null : rest.find(isUsable) || rest.find((offer) => isSurer(kept, offer, near[0]));
  const surer = found || null;
  if (surer) near.splice(1, 0, ...rest.splice(rest.indexOf(surer), 1));
  return { ...answered, offers: [...near, ...rest], passed, surer };
}

/**
 * @param {number} metres
 * @param {Visits} visits
 * @param {Choice} choice
 */
function hiddenBefore(metres, visits, choice) {
  if (choice.restricted) return 0;
  const all = { ...choice, restricted: true };
  let hidden = 0;
  for (let place = 0; visits.metres(place) < metres; place++) {
    const station = visits.station(place);
    if (!isForRiders(station) && suits(all, station, visits.days) && isWorthIt(all, visits.at(place).visit)) hidden++;
  }
  return hidden;
}
