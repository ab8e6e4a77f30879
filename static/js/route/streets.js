/** Ways by streets, of the server: only for riders who choose so, since it sends their position. Without an answer nothing changes. */

import { calm } from "./calm.js";
import { merged } from "./merged.js";
import { relaxed } from "../rider/filter_rules.js";
import { byId, setAttribute } from "../shared/dom.js";
import { lateScript } from "../shared/late_script.js";
import { metresBetween } from "../shared/metres_between.js";
import RULES from "../../rules.json" with { type: "json" };

/**
 * @typedef {import("../finder/origin_picker.js").Origin} Origin
 * @typedef {import("../rider/nearest.js").Ranked} Ranked
 * @typedef {import("../rider/arrival.js").Way} Way
 * @typedef {import("../rider/arrival.js").Ways} Ways
 *
 * @typedef {object} Base what ways begin at, and end at
 * @property {Origin} from
 * @property {Origin | null} to
 * @property {string} travel
 *
 * @typedef {object} Asked an answer to some filters
 * @property {number} k how many were asked for
 * @property {number} floorS what all others cost at least
 * @property {number} at
 *
 * @typedef {{date: string | null, attribution: string}} Source of the streets: the day they are of
 * @typedef {Base & {ways: Ways, directS: number | null, source: Source | undefined, asked: Map<string, Asked>}} Known
 * @typedef {{ways: {id: string, way: Way}[], directS: number | null, source?: Source}} Answer
 */

const KEPT = "stationmap.streets"; // as late_parts.js has it
const NEAR_M = 30; // a rider who has moved by less is at the same place
const GAP_MS = 3_000; // between two requests
const PAUSE_MS = 60_000; // after a fault
const PATIENCE_MS = 8_000;
const FRESH_MS = 300_000;
const LEAST = 30; // stations to ask for
const AHEAD = 20; // beyond those on the screen
const SETTLING_MS = 400; // a tap that was on its way when rows changed places is none

export class Streets {
  /** @param {import("../finder/page.js").Page} page */
  constructor(page) {
    this.page = page;
    this.isOn = false;
    /** @type {Known | null} */
    this.known = null;
    this.isAsking = false;
    this.hasFailed = false;
    this.quietUntil = 0;
    this.timer = 0;
    addEventListener("offline", () => this.isOn && page.showNotices());
    addEventListener("online", () => this.turnedOnline());
  }

  /** Ask again at once: no fault of before is one of this network. */
  turnedOnline() {
    this.quietUntil = 0;
    this.hasFailed = false;
    if (this.isOn) void this.page.update({ isNew: false });
  }

  /** @param {boolean} isOn remembered on this device */
  turn(isOn) {
    this.isOn = isOn;
    if (!isOn) this.known = null;
    setAttribute(byId("streets"), "aria-pressed", String(isOn));
    try {
      if (isOn) localStorage.setItem(KEPT, "1");
      else localStorage.removeItem(KEPT);
    } catch {
      // Then it holds as long as the page.
    }
    void this.page.update({ isNew: false });
  }

  /**
   * Return an order by straight lines as streets have it, as far as they are known.
   * @param {{ranked: Ranked, ways: Ways}} straight
   * @param {Origin | null} to
   * @returns {{ranked: Ranked, ways: Ways}}
   */
  order({ ranked, ways }, to) {
    const known = this.knownFor(to);
    if (!known) return { ranked, ways };
    const { finder } = this.page;
    const { stations } = finder.feed;
    const { speedMS, detour } = finder.travel();
    const idAt = (/** @type {number} */ place) => stations[ranked.rows[place]].id;
    const straightS = (/** @type {number} */ place) =>
      to ? (ways[idAt(place)].detourS ?? 0) : (ranked.metres[place] * detour) / speedMS;
    const all = Object.entries(known.ways).map(([id, way]) => [id, { ...ways[id], ...way }]);
    return {
      ranked: merged(
        ranked,
        straightS,
        (row) => costOf(known.ways[stations[row].id] ?? {}, to),
        known.asked.get(this.filtersKey())?.floorS ?? 0,
      ),
      ways: { ...ways, ...Object.fromEntries(all) },
    };
  }

  /**
   * Return how long the direct way takes by streets; null where that is not known.
   * @param {Origin | null} to
   */
  directS(to) {
    return this.knownFor(to)?.directS ?? null;
  }

  /**
   * Say that the position is sent, and whose streets of which day the ways are along; or why they are straight lines.
   * @param {Origin | null} to
   */
  notice(to) {
    if (!this.isOn) return "";
    const { translate } = this.page.finder;
    const source = this.knownFor(to)?.source;
    if (!source) return translate(this.reason(to));
    const date = source.date ?? translate("route.undated");
    return [translate("route.sent"), translate("route.source", { date, attribution: source.attribution })].join(" · ");
  }

  /**
   * Return the name of the text that says why no ways by streets are shown.
   * @param {Origin | null} to
   */
  reason(to) {
    const { point, feed } = this.page.finder;
    if (!point || feed.tooLarge) return "route.sent";
    if (isAbout(point, to)) return "route.rough";
    if (!navigator.onLine) return "route.offline";
    return this.hasFailed ? "route.unanswered" : "route.asking";
  }

  /**
   * Return what is known of ways from the present point; null where that is nothing.
   * @param {Origin | null} to
   */
  knownFor(to) {
    const { known } = this;
    const { point, filters } = this.page.finder;
    if (!this.isOn || !known || !point || known.travel !== filters.travel) return null;
    const isThere = isNear(known.from, point) && (to ? known.to !== null && isNear(known.to, to) : known.to === null);
    return isThere ? known : null;
  }

  /** The filters that were answered, as a text. */
  filtersKey() {
    const { filters, ranking } = this.page.finder;
    return JSON.stringify(relaxed(filters, ranking.dropped));
  }

  /**
   * Ask for the ways to the stations on the screen, unless they are known, or the server needs a rest.
   * @param {Origin | null} to
   */
  ask(to) {
    const { finder, list } = this.page;
    const { point, feed } = finder;
    if (!this.isOn || !point || isAbout(point, to) || feed.tooLarge || !navigator.onLine || this.isAsking) return;
    const k = Math.min(RULES.max_neighbours, Math.max(LEAST, list.length + AHEAD));
    const asked = this.knownFor(to)?.asked.get(this.filtersKey());
    if (asked && asked.k >= k && Date.now() - asked.at < FRESH_MS) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.fetch({ from: point, to, travel: finder.filters.travel }, k), this.rest());
  }

  rest() {
    return Math.max(0, this.quietUntil - Date.now());
  }

  /**
   * @param {Base} base
   * @param {number} k
   */
  async fetch(base, k) {
    const { page } = this;
    const key = this.filtersKey();
    this.isAsking = true;
    this.quietUntil = Date.now() + GAP_MS;
    try {
      const answer = await this.answerTo(base, k);
      await calm();
      this.learn(base, key, k, answer);
      this.hasFailed = false;
    } catch {
      this.quietUntil = Date.now() + PAUSE_MS;
      this.hasFailed = true;
      return page.showNotices();
    } finally {
      this.isAsking = false;
    }
    const before = page.finder.ranking.offers.map(({ station }) => station.id);
    if (await page.update({ isNew: false }).then(() => this.hasMoved(before))) settle();
  }

  /**
   * @param {Base} base
   * @param {number} k
   * @returns {Promise<Answer>}
   */
  async answerTo({ from, to, travel }, k) {
    const { finder } = this.page;
    const { server } = await lateScript("server");
    const { nearest = "" } = finder.site;
    const body = {
      ...(to ? { from: [from.lon, from.lat], to: [to.lon, to.lat] } : { lon: from.lon, lat: from.lat }),
      k,
      by: "network",
      travel,
      ...server.parametersOf(relaxed(finder.filters, finder.ranking.dropped)),
    };
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), PATIENCE_MS);
    const url = to ? server.alongUrl(nearest) : nearest;
    const answer = await server.post(url, body, controller.signal).finally(() => clearTimeout(timer));
    const {
      features,
      direct_s: directS = null,
      streets,
    } = /** @type {import("../finder/server_client.js").Neighbours & {direct_s?: number | null, streets?: Source}} */ (
      answer
    );
    const ways = features.map(({ id, properties }) => ({ id, way: server.wayOf(properties) }));
    return { ways, directS, source: streets };
  }

  /**
   * @param {Base} base
   * @param {string} key of the filters
   * @param {number} k
   * @param {Answer} answer
   */
  learn(base, key, k, { ways, directS, source }) {
    const isSame = this.known && this.known === this.knownFor(base.to);
    /** @type {Known} */
    const known = isSame && this.known ? this.known : { ...base, ways: {}, directS, source, asked: new Map() };
    let floorS = 0;
    for (const { id, way } of ways) {
      known.ways[id] = way.isUnknown ? { isUnknown: true } : way;
      floorS = Math.max(floorS, costOf(way, base.to) ?? 0);
    }
    known.asked.set(key, { k, floorS, at: Date.now() });
    this.known = known;
  }

  /** @param {readonly string[]} before ids of the list */
  hasMoved(before) {
    const { finder, list } = this.page;
    return finder.ranking.offers.slice(0, list.length).some(({ station }, at) => station.id !== before[at]);
  }
}

/**
 * Tell whether an end is only about there, such as a district: minutes by street would say more than is known.
 * @param {Origin} from
 * @param {Origin | null} to
 */
function isAbout(from, to) {
  return Boolean(from.code || to?.code || to?.isRough);
}

/** Let taps that were on their way be none. */
function settle() {
  const { classList } = byId("list");
  classList.add("is-settling");
  setTimeout(() => classList.remove("is-settling"), SETTLING_MS);
}

/**
 * Return what stations are put in order by, as far as it is known by streets.
 * @param {Way} way
 * @param {Origin | null} to
 */
function costOf({ seconds, detourS }, to) {
  return to && seconds !== undefined ? detourS : seconds;
}

/**
 * @param {import("../shared/metres_between.js").Point} a
 * @param {import("../shared/metres_between.js").Point} b
 */
function isNear(a, b) {
  return metresBetween(a, b) < NEAR_M;
}
