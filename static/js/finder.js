/** A finder at work: what was asked and what is answered. It knows no screen. */

import { answer, preferSure } from "./answer.js";
import { DEFAULT_CHOICE, relaxed, suits, visit } from "./choice.js";
import { minuteAt, statusAt } from "./hours.js";
import { Places } from "./nearest.js";
import { askPlaces, askServer } from "./remote.js";
import { Gazetteer } from "./search.js";

/**
 * @typedef {import("./answer.js").Offer} Offer
 * @typedef {import("./feed.js").Station} Station
 * @typedef {import("./where.js").Chosen} Chosen
 * @typedef {{feed: import("./feed.js").Feed, fetchedAt: number}} Kept fetched at, Unix ms
 */

const OUTSIDE_M = 30_000;
const MOST_RESULTS = 10;
const TYPING_MS = 200;

export class Finder {
  /**
   * @param {import("./i18n.js").Words} say
   * @param {DOMStringMap} site what the page says of its server: where to ask, how fast riders are
   * @param {import("./choice.js").Choice} choice
   * @param {Kept} kept
   */
  constructor(say, site, choice, kept) {
    this.say = say;
    this.site = site;
    this.choice = choice;
    this.known = knownOf(kept, say);
    /** @type {Chosen | null} */
    this.point = null;
    /** @type {import("./nearest.js").Ranked[] | null} */
    this.ranked = null;
    /** @type {import("./answer.js").Ordered} */
    this.answer = { offers: [], visits: [], dropped: [], hidden: 0, passed: 0 };
    /** @type {Offer | null} the station the rider asked for by its name */
    this.named = null;
    /** @type {Offer | null} a station the server was asked for */
    this.told = null;
    this.asked = 0;
  }

  /**
   * Work on another feed from now on.
   * @param {Kept} kept
   */
  take(kept) {
    this.known = knownOf(kept, this.say);
    this.ranked = null;
  }

  get feed() {
    return this.known.feed;
  }

  get gazetteer() {
    return this.known.gazetteer;
  }

  /**
   * Answer for a point from now on.
   * @param {Chosen} point
   */
  go(point) {
    this.point = point;
    this.ranked = null;
  }

  /**
   * Answer what is asked now; false if another question was quicker. Rejects if the server cannot be asked.
   * @returns {Promise<boolean>}
   */
  async ask() {
    const point = this.point ?? this.gazetteer.heart;
    const mine = ++this.asked;
    if (!point) return true;
    const answered = this.feed.tooLarge ? await this.askServer(point, this.choice) : this.answerHere(point);
    if (mine !== this.asked) return false;
    this.answer = preferSure(answered, this.choice);
    this.putNamedFirst();
    return true;
  }

  /** Who asks for a station by its name wants that one, whatever else was chosen. */
  putNamedFirst() {
    const { visits, offers } = this.answer;
    const all = visits.length ? visits : offers;
    this.named = all.find(({ station }) => station.name === this.point?.name) ?? null;
    if (!this.named) return;
    const others = offers.filter(({ station }) => station !== this.named?.station);
    this.answer = { ...this.answer, offers: [this.named, ...others], passed: 0 };
  }

  /**
   * @param {{lon: number, lat: number}} point
   */
  answerHere({ lon, lat }) {
    this.ranked ??= this.known.places.ranked(lon, lat);
    return answer(this.feed, this.ranked, this.choice, this.minute(), this.travel());
  }

  /**
   * @param {{lon: number, lat: number}} point
   * @param {import("./choice.js").Choice} choice
   */
  askServer(point, choice) {
    return askServer(this.site.nearest ?? "", this.feed, point, choice, this.travel());
  }

  /**
   * Return the places a text names: of the feed, and where that has no stations, of the server.
   * @param {string} text
   */
  async find(text) {
    const found = this.gazetteer.search(text, MOST_RESULTS);
    if (!this.feed.tooLarge) return found;
    this.typed = text;
    await new Promise((resolve) => setTimeout(resolve, TYPING_MS));
    if (this.typed !== text) return found;
    const asked = askPlaces(this.site.stations ?? "", text, MOST_RESULTS);
    return [...found, ...(await asked.catch(() => []))].slice(0, MOST_RESULTS);
  }

  /**
   * Return the station with an id, whatever the choice leaves out; null if there is none or the server is away.
   * @param {string} id
   * @returns {Promise<Station | null>}
   */
  async station(id) {
    if (!id || !this.feed.tooLarge) return this.feed.stations.find((station) => station.id === id) ?? null;
    try {
      const told = await fetch(`${this.site.stations}/${encodeURIComponent(id)}`);
      const [lon, lat] = (await told.json()).geometry.coordinates;
      // Its state is part of an answer only, and at its own place it is the first.
      const all = { ...DEFAULT_CHOICE, now: false, restricted: true };
      const { offers } = await this.askServer({ lon, lat }, all);
      this.told = offers.find(({ station }) => station.id === id) ?? null;
      return this.told?.station ?? null;
    } catch {
      return null;
    }
  }

  /**
   * Return what a rider finds at a station, asked for or not.
   * @param {Station} station
   * @returns {Offer}
   */
  offerOf(station) {
    const isIt = (/** @type {Offer} */ offer) => offer.station.id === station.id;
    const answered = this.answer.offers.find(isIt) ?? this.answer.visits.find(isIt);
    if (answered) return answered;
    const { lon, lat } = this.point ?? station;
    const { metres } = new Places([station.lon], [station.lat]).ranked(lon, lat)[0];
    if (this.told?.station === station) return { ...this.told, metres };
    const { schedule } = station;
    const status = statusAt(schedule, this.minute(), this.feed.days);
    return { station, metres, visit: visit(status, metres, this.minute(), this.travel(), schedule, this.feed.days) };
  }

  /** Return what a map shows: closed stations too, as closed; only what never suits is left out. */
  suiting() {
    const { offers, visits, dropped } = this.answer;
    const choice = relaxed(this.choice, dropped);
    return this.feed.tooLarge ? offers : visits.filter(({ station }) => suits(choice, station, this.feed.days));
  }

  isOutside() {
    return this.point !== null && this.nearestM() > OUTSIDE_M;
  }

  /** How far the nearest station is, whatever was asked for; of a large registry only the answer is known. */
  nearestM() {
    return this.ranked?.[0]?.metres ?? this.answer.offers[0]?.metres ?? 0;
  }

  /** @returns {import("./card.js").Context} */
  context() {
    const { lang = "zh", pages = null } = this.site;
    return {
      say: this.say,
      lang,
      pages,
      startMs: Date.parse(this.feed.start),
      minute: this.minute(),
      atMs: Date.now(),
      travel: this.choice.travel,
      asked: this.choice.facility,
      hasPoint: this.point !== null,
      isRough: Boolean(this.point?.note),
    };
  }

  minute() {
    return minuteAt(this.feed.start, Date.now());
  }

  /** @returns {import("./choice.js").Travel} */
  travel() {
    const { walkMS, ebikeMS, detour } = this.site;
    return { speedMS: Number(this.choice.travel === "ebike" ? ebikeMS : walkMS), detour: Number(detour) };
  }
}

/**
 * Return a feed with what is worked out of it once.
 * @param {Kept} kept
 * @param {import("./i18n.js").Words} say
 */
function knownOf({ feed, fetchedAt }, say) {
  const places = new Places(
    feed.stations.map(({ lon }) => lon),
    feed.stations.map(({ lat }) => lat),
  );
  return { feed, fetchedAt, places, gazetteer: new Gazetteer(feed, (code) => say(`district.${code}`)) };
}
