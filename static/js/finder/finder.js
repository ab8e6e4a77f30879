/** A finder at work: a query and its answer. It knows no screen. */

import { rank, preferConfirmed } from "./ranking.js";
import { isInUse, paceOf, relaxed, meets } from "../rider/filter_rules.js";
import { now } from "../shared/clock.js";
import { lateScript } from "../shared/late_script.js";
import { minuteAt } from "../rider/hours.js";
import { Places } from "../rider/nearest.js";
import { Gazetteer } from "./search.js";
import { originContext } from "../rider/origin.js";
import { Arrivals, arrivalAtStation } from "../rider/arrival.js";

/**
 * @typedef {import("../rider/arrival.js").Offer} Offer
 * @typedef {import("../rider/feed.js").Station} Station
 * @typedef {import("../rider/feed_cache.js").FetchedFeed} FetchedFeed
 */

const OUTSIDE_M = 30_000;
const MAX_ALONG = 20; // stations along a route that a map shows

export class Finder {
  /**
   * @param {import("../shared/translate.js").Translate} translate
   * @param {DOMStringMap} site what the page says of its server: where to ask, how fast riders are
   * @param {import("../rider/filter_rules.js").Filters} filters
   * @param {FetchedFeed} kept
   */
  constructor(translate, site, filters, kept) {
    this.translate = translate;
    this.site = site;
    this.filters = filters;
    this.known = knownOf(kept, translate, site);
    /** @type {import("./origin_picker.js").Origin | null} */
    this.point = null;
    /** @type {import("../rider/nearest.js").Ranked | null} */
    this.ranked = null;
    /** @type {import("../route/guide.js").Guide | null} knows ways better than straight lines do, once it is wanted */
    this.guide = null;
    /** @type {Arrivals | null} null where the server answered */
    this.arrivals = null;
    /** @type {import("./ranking.js").ListedRanking} */
    this.ranking = { offers: [], dropped: [], hidden: 0, passed: 0, surer: null };
    this.isWhole = true;
    /** @type {Offer | null} the station the rider named */
    this.named = null;
    /** @type {Offer | null} the station last requested from the server */
    this.requested = null;
    this.isLost = false; // the link to this page names a station that is not there
    this.requests = 0;
  }

  /**
   * Work on another feed from now on.
   * @param {FetchedFeed} kept
   */
  take(kept) {
    this.known = knownOf(kept, this.translate, this.site);
    this.ranked = null;
  }

  get feed() {
    return this.known.feed;
  }

  get gazetteer() {
    return this.known.gazetteer;
  }

  /**
   * Answer for a point from now on. Who looks a station up by its name is still where the device said.
   * @param {import("./origin_picker.js").Origin} point
   */
  go(point) {
    const { point: before } = this;
    const isLookedUp = point.id && !point.fix && before?.fix;
    // Each choice is another, also of the same district.
    this.point = isLookedUp ? { ...before, id: point.id, looked: point.name } : { ...point };
    this.isLost = false;
    this.ranked = null;
  }

  /**
   * Answer for the present point and filters, with at least as many offers as are wanted, if there are; false if it was
   * overtaken by another request. Rejects if the server cannot be reached.
   * @param {number} wanted
   * @returns {Promise<boolean>}
   */
  async ask(wanted) {
    const point = this.point ?? this.gazetteer.heart;
    const mine = ++this.requests;
    if (!point) return true;
    const { tooLarge } = this.feed;
    const request = tooLarge && this.point?.fix && this.point.id ? this.askStation(point, this.point.id) : null;
    const { guide } = this;
    const answered = tooLarge ? await (guide ?? this).askServer(point, this.filters) : this.answerHere(point, wanted);
    const requested = await request;
    if (mine !== this.requests) return false;
    if (tooLarge) this.arrivals = null;
    if (requested) this.requested = requested;
    this.isWhole = tooLarge || wanted === Infinity;
    this.order(answered);
    return true;
  }

  /** Find the rest of the offers, where not all were wanted at first. */
  complete() {
    if (this.isWhole || !this.arrivals) return;
    this.isWhole = true;
    this.order(rank(this.arrivals, this.filters));
  }

  /**
   * Put an answer in the order of the list. Who asks for a station by its name wants that one, whatever else was chosen;
   * where nobody is there any more, it comes last.
   * @param {import("./ranking.js").Ranking} answered
   */
  order(answered) {
    const isAlong = this.guide?.isAlong; // then nothing goes before a smaller detour
    this.ranking = isAlong ? { ...answered, passed: 0, surer: null } : preferConfirmed(answered, this.filters);
    const { offers } = this.ranking;
    const id = isAlong ? "" : this.point?.id;
    const isNamed = (/** @type {Station} */ station) => station.id === id;
    const findReceived = () =>
      [...offers, ...(this.requested ? [this.requested] : [])].find(({ station }) => isNamed(station));
    const find = () => (this.arrivals ? this.arrivals.find(isNamed) : findReceived());
    this.named = (id && find()) || null;
    if (!this.named) return;
    const others = offers.filter(({ station }) => station !== this.named?.station);
    if (isInUse(this.named.station))
      this.ranking = { ...this.ranking, offers: [this.named, ...others], passed: 0, surer: null };
    else this.ranking = { ...this.ranking, offers: [...others, this.named] };
  }

  /**
   * @param {{lon: number, lat: number}} point
   * @param {number} wanted
   */
  answerHere({ lon, lat }, wanted) {
    this.ranked = this.ranked ?? this.known.places.ranked(lon, lat);
    const { ranked, ways } = this.guide?.order(this.ranked) ?? { ranked: this.ranked };
    this.arrivals = new Arrivals(this.feed, ranked, this.minute(), this.travel(), ways);
    return rank(this.arrivals, this.filters, wanted);
  }

  /**
   * @param {{lon: number, lat: number}} point
   * @param {import("../rider/filter_rules.js").Filters} filters
   */
  async askServer(point, filters) {
    return (await serverAnswers()).askServer(this.site.nearest ?? "", this.feed, point, filters, this.travel());
  }

  /**
   * Ask the server what a rider finds at one station who sets out from a point.
   * @param {{lon: number, lat: number}} point
   * @param {string} id
   */
  async askStation(point, id) {
    return (await serverAnswers()).askStation(this.site.nearest ?? "", this.feed, point, id, this.travel());
  }

  /**
   * Return the places a text names: of the feed, and where that has no stations, of the server.
   * @param {string} text
   * @param {number} most
   */
  async find(text, most) {
    const found = this.gazetteer.search(text, most, this.metresOf());
    if (!this.feed.tooLarge) return found;
    this.typed = text;
    const more = serverAnswers().then(({ findMore }) => findMore(this, text, most));
    return [...found, ...(await more.catch(() => []))].slice(0, most);
  }

  /**
   * Return the places of the feed that a text nearly names.
   * @param {string} text
   * @param {number} most
   */
  guess(text, most) {
    return this.gazetteer.guess(text, most, this.metresOf());
  }

  /** Return how far each station of the feed is from the point; null where there is none. */
  metresOf() {
    if (!this.point || this.feed.tooLarge) return null;
    this.ranked = this.ranked ?? this.known.places.ranked(this.point.lon, this.point.lat);
    const { rows, metres } = this.ranked;
    const byRow = new Float64Array(rows.length);
    for (let place = 0; place < rows.length; place++) byRow[rows[place]] = metres[place];
    return (/** @type {number} */ row) => byRow[row];
  }

  /**
   * Return the station with an id, whatever the choice leaves out; null if there is none or the server is away.
   * @param {string} id
   * @returns {Promise<Station | null>}
   */
  async station(id) {
    if (!id) return null;
    if (!this.feed.tooLarge) {
      const found = this.feed.stations.find((station) => station.id === id) ?? null;
      this.isLost = !found;
      return found;
    }
    try {
      return await (await serverAnswers()).lookUp(this, id);
    } catch {
      return null;
    }
  }

  /**
   * Return what a rider finds at a station, whether the filters let it pass or not.
   * @param {Station} station
   * @returns {Offer}
   */
  offerOf(station) {
    const answered =
      this.ranking.offers.find((offer) => offer.station.id === station.id) ??
      this.arrivals?.find(({ id }) => id === station.id);
    if (answered) return answered;
    const found = arrivalAtStation(this.feed, station, this.point ?? station, this.minute(), this.travel());
    return this.requested?.station === station ? { ...this.requested, metres: found.metres } : found;
  }

  /** Return what a map shows: closed stations too, as closed; only what never suits is left out. */
  suiting() {
    const { offers, dropped } = this.ranking;
    if (this.guide?.isAlong) return offers.slice(0, MAX_ALONG);
    const filters = relaxed(this.filters, dropped);
    return this.arrivals?.filter((station) => meets(filters, station, this.feed.days)) ?? offers;
  }

  isOutside() {
    return this.point !== null && this.nearestM() > OUTSIDE_M;
  }

  /** How far the nearest station is, whatever the filters; of a large registry only the answer is known. */
  nearestM() {
    return this.ranked?.metres[0] ?? this.ranking.offers[0]?.metres ?? 0;
  }

  /** @returns {import("../rider/offer_text.js").Context} */
  context() {
    const { lang = "zh", pages = null } = this.site;
    return {
      translate: this.translate,
      lang,
      pages,
      startMs: Date.parse(this.feed.start),
      minute: this.minute(),
      atMs: now(),
      travel: this.filters.travel,
      selected: this.filters.facility,
      ...originContext(this.translate, this.point),
    };
  }

  minute() {
    return minuteAt(this.feed.start, now());
  }

  /** @returns {import("../rider/filter_rules.js").Travel} */
  travel() {
    return paceOf(this.site, this.filters.travel);
  }
}

/** Return what asks the server, which only registries too large for a phone need. */
async function serverAnswers() {
  return (await lateScript("server")).server;
}

/**
 * Return a feed with what is worked out of it once.
 * @param {FetchedFeed} kept
 * @param {import("../shared/translate.js").Translate} translate
 * @param {DOMStringMap} site
 */
function knownOf({ feed, fetchedAt }, translate, { lang }) {
  const places = new Places(
    feed.stations.map(({ lon }) => lon),
    feed.stations.map(({ lat }) => lat),
  );
  const named = (/** @type {string} */ code) => [translate(`district.${code}`), translate(`district_also.${code}`)];
  return { feed, fetchedAt, places, gazetteer: new Gazetteer(feed, named, lang) };
}
