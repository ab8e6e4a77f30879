/** The answer of the server, for registries too large for a phone: requested by POST, so that no address holds a position. */

import { relaxations } from "../rider/filter_rules.js";
import { DOUBTS } from "../rider/doubts.js";
import { minuteAt } from "../rider/hours.js";
import { placeOf } from "./search.js";
import RULES from "../../rules.json" with { type: "json" };

const TYPING_MS = 200;

/**
 * @typedef {import("./ranking.js").Ranking} Ranking
 * @typedef {import("../rider/arrival.js").Offer} Offer
 * @typedef {import("../rider/filter_rules.js").Filters} Filters
 * @typedef {import("../rider/filter_rules.js").Travel} Travel
 * @typedef {import("../rider/feed.js").Station} Station
 * @typedef {import("../rider/hours.js").State} State
 *
 * @typedef {Partial<Omit<Station, "id" | "lon" | "lat" | "name" | "schedule" | "geocoded">> &
 *   {name: string, riders: string, hours?: string | null, status?: string, position?: {how: string}}} Properties what the registry says
 *
 * @typedef {object} Visit what who sets out now finds
 * @property {number} distance_m
 * @property {State} state
 * @property {string | null} until ISO 8601 with offset
 * @property {State | null} then
 * @property {string[]} cautions
 * @property {string | null} reason
 * @property {string | null} usual
 * @property {State} on_arrival
 * @property {number} travel_s
 * @property {(keyof typeof DOUBTS)[]} doubts
 * @property {number | null} [network_m] along streets
 * @property {number | null} [network_s] along streets
 * @property {number | null} [detour_s] how much longer it makes a route
 * @property {import("../rider/marks.js").Reported} [reported]
 * @property {import("../rider/marks.js").Confirmed} [confirmed]
 *
 * @typedef {{id: string, geometry: GeoJSON.Point, properties: Properties & Visit}} Neighbour
 * @typedef {{at: string, features: Neighbour[]}} Neighbours answer to /api/v1/nearest, as of `at`
 * @typedef {{features: {id: string, geometry: GeoJSON.Point, properties: Properties & Partial<Visit>}[]}} Stations answer to /api/v1/stations
 */

/**
 * Ask the server for the nearest stations to a point, with fewer and fewer conditions until there are any.
 * @param {string} url
 * @param {import("../rider/feed.js").Feed} feed
 * @param {{lon: number, lat: number}} point
 * @param {Filters} filters
 * @param {Travel} travel
 * @param {object} [more] parameters
 * @returns {Promise<Ranking>}
 */
export function askServer(url, feed, { lon, lat }, filters, travel, more = {}) {
  return weakened(filters, (parameters) => offersOf(url, feed, { lon, lat, ...parameters, ...more }, travel));
}

/**
 * Ask the server for the stations along a route, those that make it least longer first, as `askServer` does.
 * @param {string} nearest where the nearest ones are
 * @param {import("../rider/feed.js").Feed} feed
 * @param {{lon: number, lat: number}} from
 * @param {{lon: number, lat: number}} to
 * @param {Filters} filters
 * @param {Travel} travel
 * @param {object} more parameters
 * @returns {Promise<Ranking>}
 */
export function askAlong(nearest, feed, from, to, filters, travel, more) {
  const ends = { from: [from.lon, from.lat], to: [to.lon, to.lat] };
  return weakened(filters, (parameters) =>
    offersOf(alongUrl(nearest), feed, { ...ends, ...parameters, ...more }, travel),
  );
}

/**
 * @param {Filters} filters
 * @param {(parameters: object) => Promise<Offer[]>} ask
 * @returns {Promise<Ranking>}
 */
async function weakened(filters, ask) {
  for (const { filters: weaker, dropped } of relaxations(filters)) {
    const offers = await ask(parametersOf(weaker));
    if (offers.length > 0) return { offers, dropped, hidden: 0 };
  }
  return { offers: [], dropped: [], hidden: 0 };
}

/**
 * Ask the server for one station, whoever may enter and whether or not anybody is there; null if there is none.
 * @param {string} url
 * @param {import("../rider/feed.js").Feed} feed
 * @param {{lon: number, lat: number}} point
 * @param {string} id
 * @param {Travel} travel
 * @returns {Promise<Offer | null>}
 */
export async function askStation(url, feed, point, id, travel) {
  const { lon, lat } = point;
  const offers = await offersOf(url, feed, { lon, lat, q: id, any_status: true }, travel);
  return offers.find(({ station }) => station.id === id) ?? null;
}

/**
 * Return the station with an id, whatever the choice leaves out; null if there is none. Rejects if the server is away.
 * @param {import("./finder.js").Finder} finder
 * @param {string} id
 * @returns {Promise<Station | null>}
 */
export async function lookUp(finder, id) {
  const response = await fetch(`${finder.site.stations}/${encodeURIComponent(id)}`);
  finder.isLost = response.status === 404;
  const [lon, lat] = (await response.json()).geometry.coordinates;
  finder.requested = await finder.askStation(finder.point ?? { lon, lat }, id); // its state is part of an answer only
  return finder.requested?.station ?? null;
}

/**
 * Return the server's stations that a text names, once nobody types any more; none where that goes on.
 * @param {import("./finder.js").Finder} finder
 * @param {string} text
 * @param {number} most
 */
export async function findMore(finder, text, most) {
  await new Promise((resolve) => setTimeout(resolve, TYPING_MS));
  if (finder.typed !== text) return [];
  const { stations = "", nearest = "", lang } = finder.site;
  return askPlaces({ stations, nearest }, finder.point, text, most, lang);
}

/**
 * Return the server's stations that `text` names: the nearest to a point, or where there is none, the first.
 * @param {{stations: string, nearest: string}} urls
 * @param {{lon: number, lat: number} | null} point
 * @param {string} text
 * @param {number} most
 * @param {string} [lang]
 * @returns {Promise<import("./search.js").Place[]>}
 */
async function askPlaces(urls, point, text, most, lang) {
  const { features } = /** @type {Neighbours | Stations} */ (
    point
      ? await post(urls.nearest, { lon: point.lon, lat: point.lat, k: most, q: text, any_status: true })
      : await get(`${urls.stations}?${new URLSearchParams({ q: text, limit: String(most) })}`)
  );
  /** @type {(import("./search.js").Place & {status: string})[]} */
  const places = features.map(({ id, geometry, properties }) => ({
    ...placeOf({ ...properties, id, lon: geometry.coordinates[0], lat: geometry.coordinates[1] }, lang),
    metres: properties.distance_m,
    status: properties.status ?? "open",
  }));
  const isOutOfUse = (/** @type {{status: string}} */ { status }) => Number(status !== "open");
  return places.sort((a, b) => isOutOfUse(a) - isOutOfUse(b));
}

/**
 * @param {string} url
 * @param {import("../rider/feed.js").Feed} feed
 * @param {object} parameters
 * @param {Travel} travel
 * @returns {Promise<Offer[]>}
 */
async function offersOf(url, feed, parameters, { speedMS: speed_m_s, detour }) {
  const { features, at } = /** @type {Neighbours} */ (
    await post(url, { k: RULES.max_neighbours, speed_m_s, detour, ...parameters })
  );
  return features.map((feature) => offerOf(feature, feed, at));
}

/**
 * Return filters as parameters of a request.
 * @param {Filters} filters
 */
export function parametersOf({ now, always, free, restricted, category, facility, service }) {
  return {
    for_riders: !restricted,
    facility_or_unknown: true,
    always,
    ...(now ? { open: "now" } : {}),
    ...(free ? { who: ["public", "unknown"] } : {}),
    category,
    facility,
    service,
  };
}

/**
 * Return where stations along a route are.
 * @param {string} nearest where the nearest ones are
 */
export function alongUrl(nearest) {
  return nearest.replace(/nearest$/, "along");
}

/**
 * @param {string} url
 * @param {object} body
 * @param {AbortSignal} [signal]
 */
export function post(url, body, signal) {
  const headers = { "Content-Type": "application/json" };
  return get(url, { method: "POST", headers, body: JSON.stringify(body), signal });
}

/**
 * @param {string} url
 * @param {RequestInit} [how]
 * @returns {Promise<unknown>}
 */
async function get(url, how) {
  const response = await fetch(url, how);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.json();
}

/**
 * @param {Neighbour} feature
 * @param {import("../rider/feed.js").Feed} feed
 * @param {string} at
 * @returns {Offer}
 */
function offerOf({ id, geometry, properties }, feed, at) {
  const [lon, lat] = geometry.coordinates;
  const {
    distance_m,
    state,
    until,
    then,
    reason,
    usual,
    cautions,
    on_arrival: onArrival,
    travel_s,
    doubts: names,
    reported,
    confirmed,
  } = properties;
  const untilMin = until ? minuteAt(feed.start, Date.parse(until)) : null;
  const atMin = minuteAt(feed.start, Date.parse(at));
  const never = state === "open" ? Infinity : null;
  const schedule = {
    hours: properties.hours ?? null,
    status: properties.status ?? "open",
    closures: [],
    stretches: [],
    caution_days: [],
  };
  const riders = String(RULES.standings.indexOf(properties.riders)); // as a column of the feed has it
  const geocoded = properties.position?.how === "geocoded" ? "1" : "0"; // so is this
  const station = /** @type {Station} */ ({
    aliases: [],
    services: [],
    facilities: {},
    ...properties,
    id,
    lon,
    lat,
    schedule,
    riders,
    geocoded,
    marks: { reported, confirmed, heardAt: Date.now() },
  });
  const arrival = {
    state,
    untilMin: untilMin === null ? never : untilMin,
    then,
    reason: state === "closed" || reason === "holidays_not_announced" ? reason : null,
    usual,
    caution: cautions.length > 0,
    seconds: travel_s,
    onArrival,
    inTime: state === "open" && onArrival !== "unknown" ? onArrival === "open" : null,
    leftMin:
      state === "open" && onArrival === "open" && untilMin !== null ? untilMin - atMin - travel_s / 60 : Infinity,
    isTight: names.includes("closes_soon"),
    cautionOnArrival: names.includes("holiday_unstated"),
  };
  const doubts = names.reduce((bits, name) => bits | DOUBTS[name], 0);
  const way = wayOf(properties);
  return { station, metres: way.metres ?? distance_m, arrival, doubts, way };
}

/**
 * Return what an answer says of the way to a station besides its straight line.
 * @param {Pick<Visit, "network_m" | "network_s" | "detour_s">} found
 * @returns {import("../rider/arrival.js").Way}
 */
export function wayOf({ network_m: metres, network_s: seconds, detour_s: detourS }) {
  return {
    ...(typeof metres === "number" && typeof seconds === "number" ? { metres, seconds } : {}),
    ...(typeof detourS === "number" ? { detourS } : {}),
    ...(seconds === null || detourS === null ? { isUnknown: true } : {}),
  };
}
