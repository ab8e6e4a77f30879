/** The stations near a place: worked out on this phone, or where they are too many for it, by the server. */

import { feedOf } from "../../rider/feed.js";
import { latestFeed } from "../../rider/feed_cache.js";
import { Places } from "../../rider/nearest.js";

const MOST = 100;

/**
 * @typedef {object} Near
 * @property {string} id
 * @property {string} name
 * @property {string | null} [name_en]
 * @property {string | null} [address]
 * @property {string | null} hours
 * @property {string} status
 * @property {{who: string}} access
 * @property {{on: string} | null} [verified]
 * @property {Record<string, boolean>} facilities
 * @property {number} metres
 */

/**
 * Return the nearest stations, nearest first. A position leaves the phone only where the stations are too many to have
 * here; then in the body of a request, which nobody logs.
 * @param {{feed: string, nearest: string}} urls
 * @param {{lon: number, lat: number}} place
 * @returns {Promise<Near[]>}
 */
export async function nearStations(urls, { lon, lat }) {
  const { feed } = await latestFeed(urls.feed, feedOf);
  if (feed.tooLarge) return askServer(urls.nearest, lon, lat);
  const places = new Places(
    feed.stations.map((each) => each.lon),
    feed.stations.map((each) => each.lat),
  );
  const { rows, metres } = places.ranked(lon, lat);
  return Array.from(rows, (row, at) => {
    const { schedule, ...station } = feed.stations[row];
    return { ...station, hours: schedule.hours, status: schedule.status, metres: metres[at] };
  })
    .filter(isThere)
    .slice(0, MOST);
}

/**
 * @param {string} url
 * @param {number} lon
 * @param {number} lat
 * @returns {Promise<Near[]>}
 */
async function askServer(url, lon, lat) {
  const body = JSON.stringify({ lon, lat, k: MOST, any_status: true });
  const answer = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  /** @type {{features: {id: string, properties: Omit<Near, "id" | "metres"> & {distance_m: number}}[]}} */
  const { features } = await answer.json();
  const found = features.map(({ id, properties }) => ({
    ...properties,
    id,
    hours: properties.hours ?? null,
    status: properties.status ?? "open",
    facilities: properties.facilities ?? {},
    metres: properties.distance_m,
  }));
  return found.filter(isThere);
}

/**
 * Tell whether there may be something to see at a door.
 * @param {Near} station
 */
function isThere({ status }) {
  return status !== "closed" && status !== "moved";
}
