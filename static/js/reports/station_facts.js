/** What is known of a station before something is reported of it: what is posted, and what others reported of late. */

import { feedOnPage } from "../station/feed_on_page.js";
import { minuteAt, statusAt } from "../rider/hours.js";
import { feedOf } from "../rider/feed.js";
import { cachedFeed, fetchFeed, within } from "../rider/feed_cache.js";
import { now } from "../shared/clock.js";
import { answerWithin, jsonOf } from "../shared/patient_request.js";
import { stateText } from "../shared/status_text.js";
import RULES from "../../rules.json" with { type: "json" };

/**
 * @typedef {import("../rider/feed.js").Feed} Feed
 * @typedef {import("../rider/feed.js").Station} Station
 * @typedef {import("../shared/translate.js").Translate} Translate
 * @typedef {{text: string, isClosed: boolean, hint: string}} Posted
 *
 * @typedef {object} Others what others reported, as the server tells it
 * @property {{kind: string, devices: number, last_at: string}[]} recent
 * @property {{kind: string, answer: string, at: string}[]} answers of staff
 * @property {{text: string}[]} texts that staff released
 */

/**
 * Return a station as this page or this device knows it; null where neither does.
 * @param {string} id
 * @param {string} pages where the pages of stations are
 * @returns {Promise<{feed: Feed, station: Station} | null>}
 */
export async function knownStation(id, pages) {
  const sources = [
    async () => feedOnPage(document),
    async () => (await cachedFeed(feedOf))?.feed,
    async () => (await fetchFeed(`${pages}${encodeURIComponent(id)}/feed`, feedOf)).feed,
  ];
  for (const source of sources) {
    const feed = await within(RULES.patience_ms, source());
    const station = feed?.stations.find((one) => one.id === id);
    if (feed && station) return { feed, station };
  }
  return null;
}

/**
 * Say what is posted for this moment, whether that is: closed, and what that means for who reports.
 * @param {Translate} translate
 * @param {{feed: Feed, station: Station}} known
 * @returns {Posted}
 */
export function postedNow(translate, { feed, station }) {
  const minute = minuteAt(feed.start, now());
  const { reason, ...status } = statusAt(station.schedule, minute, feed.days);
  const arrival = /** @type {import("../rider/filter_rules.js").Arrival} */ ({ ...status, reason });
  const state = stateText(translate, arrival, minute, Date.parse(feed.start));
  if (status.state === "unknown") return { text: translate("report.posted_unknown"), isClosed: false, hint: "" };
  if (status.state === "open") return { text: translate("report.posted_open", { state }), isClosed: false, hint: "" };
  // What is withdrawn, moved or shut for a while has no hours to be outside of.
  if (reason)
    return { text: translate("report.posted_open", { state }), isClosed: true, hint: translate("report.shut") };
  return { text: translate("report.posted_closed", { state }), isClosed: true, hint: translate("report.no_evidence") };
}

/**
 * Return what others reported; null where the server does not answer soon.
 * @param {string} url of the API's stations
 * @param {string} id
 * @returns {Promise<Others | null>}
 */
export async function othersOf(url, id) {
  const answer = await answerWithin(RULES.patience_ms, `${url}/${encodeURIComponent(id)}/reports`, {
    cache: "no-store",
  });
  const found = answer?.ok && !answer.redirected ? /** @type {Others | null} */ (await jsonOf(answer)) : null;
  return found && Array.isArray(found.recent) ? found : null;
}
