/** The answer of the server, for registries too large for a phone: asked by POST, so that no address holds a position. */

import { isForRiders, relaxations } from "./choice.js";
import { placeOf } from "./search.js";

/**
 * @typedef {import("./answer.js").Answer} Answer
 * @typedef {import("./answer.js").Offer} Offer
 * @typedef {import("./choice.js").Choice} Choice
 * @typedef {import("./choice.js").Travel} Travel
 */

const MOST = 100;
const RIDERS = ["public", "registration", "members", "unknown"];
const MINUTE_MS = 60_000;

/**
 * Ask the server for the nearest stations to a point, with fewer and fewer conditions until there are any.
 * @param {string} url
 * @param {import("./feed.js").Feed} feed
 * @param {{lon: number, lat: number}} point
 * @param {Choice} choice
 * @param {Travel} travel
 * @returns {Promise<Answer>}
 */
export async function askServer(url, feed, point, choice, travel) {
  for (const { choice: weaker, dropped } of relaxations(choice)) {
    const offers = await offersOf(url, feed, point, weaker, travel);
    if (offers.length > 0) return { offers, dropped, hidden: 0 };
  }
  return { offers: [], dropped: [], hidden: 0 };
}

/**
 * Return the places that `text` names, districts and the server's stations.
 * @param {string} url
 * @param {string} text
 * @param {number} most
 * @returns {Promise<import("./search.js").Place[]>}
 */
export async function askPlaces(url, text, most) {
  const response = await fetch(`${url}?${new URLSearchParams({ q: text, limit: String(most) })}`);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  const { features } = await response.json();
  return features.map((/** @type {any} */ { geometry, properties }) =>
    placeOf({ ...properties, lon: geometry.coordinates[0], lat: geometry.coordinates[1] }),
  );
}

/**
 * @param {string} url
 * @param {import("./feed.js").Feed} feed
 * @param {{lon: number, lat: number}} point
 * @param {Choice} choice
 * @param {Travel} travel
 * @returns {Promise<Offer[]>}
 */
async function offersOf(url, feed, { lon, lat }, choice, travel) {
  const body = {
    lon,
    lat,
    k: MOST,
    speed_m_s: travel.speedMS,
    detour: travel.detour,
    ...(choice.now ? { open: "now" } : {}),
    ...(choice.category.length ? { category: choice.category } : {}),
    ...(choice.service.length ? { service: choice.service } : {}),
    ...(choice.restricted ? {} : { who: choice.free ? ["public", "unknown"] : RIDERS }),
  };
  // To the server a facility asked for must be known to be there; here one that may be there is shown too.
  const bodies = choice.facility.length ? [{ ...body, facility: choice.facility }, body] : [body];
  const features = (await Promise.all(bodies.map((one) => post(url, one)))).flat();
  /** @type {Map<string, Offer>} */
  const offers = new Map(features.map((feature) => [feature.id, offerOf(feature, feed)]));
  return [...offers.values()].filter((offer) => isWanted(choice, offer)).sort((a, b) => a.metres - b.metres);
}

/**
 * @param {string} url
 * @param {object} body
 * @returns {Promise<any[]>}
 */
async function post(url, body) {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return (await response.json()).features;
}

/**
 * @param {Choice} choice
 * @param {Offer} offer
 */
function isWanted(choice, { station, visit: { state, untilMin } }) {
  return (
    (choice.restricted || isForRiders(station)) &&
    choice.facility.every((code) => station.facilities[code] !== false) &&
    (!choice.always || state === "unknown" || (state === "open" && untilMin === null))
  );
}

/**
 * @param {any} feature
 * @param {import("./feed.js").Feed} feed
 * @returns {Offer}
 */
function offerOf({ id, geometry, properties }, feed) {
  const [lon, lat] = geometry.coordinates;
  const { distance_m, state, until, reason, cautions, arrive_before_close, travel_s } = properties;
  const untilMin = until === null ? null : (Date.parse(until) - Date.parse(feed.start)) / MINUTE_MS;
  const schedule = {
    hours: properties.hours ?? null,
    status: properties.status ?? "open",
    closures: [],
    stretches: [],
    caution_days: [],
  };
  const station = { aliases: [], services: [], facilities: {}, ...properties, id, lon, lat, schedule };
  const visit = {
    state,
    untilMin,
    reason: state === "closed" ? reason : null,
    caution: cautions.length > 0,
    seconds: travel_s,
    onArrival: state === "open" && arrive_before_close === false ? "closed" : state,
    inTime: arrive_before_close,
  };
  return { station, metres: distance_m, visit };
}
