/** Places a rider can name: districts, and stations by name, alias, address or host. */

import { isInUse } from "./choice.js";
import { finderOf, guesserOf, readingsOf } from "./reading.js";
import { nameOf } from "./say.js";

/**
 * @typedef {{name: string, detail: string, lon: number, lat: number, id?: string}} Place with the id of a station
 * @typedef {Place & {code: string, count: number, text: string}} District
 * @typedef {import("./feed.js").Station} Station
 * @typedef {import("./feed.js").Feed} Feed
 */

/** What can be found in a feed; texts are folded when the first search needs them. */
export class Gazetteer {
  /**
   * @param {Feed} feed
   * @param {(adcode: string) => string[]} named what a district is called, first as it is shown
   * @param {string} [lang]
   */
  constructor(feed, named, lang = "zh") {
    this.stations = feed.stations;
    this.lang = lang;
    this.readings = readingsOf(feed.readings);
    /** @type {District[]} */
    this.districts = feed.districts.map((district) => {
      const names = named(district.code);
      return { ...district, name: names[0], detail: "", text: folded(names.join("\n")) };
    });
    /** @type {{name: string, more: string}[] | null} */
    this.texts = null;
  }

  /** Where stations are densest: the place a first answer is given for; null without any station. */
  get heart() {
    return this.districts.reduce(
      (/** @type {District | null} */ best, found) => (best && best.count >= found.count ? best : found),
      null,
    );
  }

  /**
   * Return a place that was named before, perhaps in the other language.
   * @param {{code?: string, id?: string}} place
   * @returns {Place | undefined}
   */
  again({ code, id }) {
    if (code) return this.districts.find((district) => district.code === code);
    const station = this.stations.find((station) => station.id === id);
    return station && placeOf(station, this.lang);
  }

  /**
   * Return up to `most` places whose texts hold every word of `text`: districts, then names, then addresses; in each,
   * what is written so before what is read so. Stations that are not in use come last. What nothing holds may have a
   * character or a letter of each word wrong.
   * @param {string} text
   * @param {number} most
   * @returns {Place[]}
   */
  search(text, most) {
    const words = folded(text).split(/\s+/).filter(Boolean);
    if (words.length === 0) return [];
    this.texts ??= this.stations.map(textsOf);
    const found = this.found(words, most, finderOf);
    return found.length ? found : this.found(words, most, guesserOf);
  }

  /**
   * @param {readonly string[]} words
   * @param {number} most
   * @param {typeof finderOf} holding
   * @returns {Place[]}
   */
  found(words, most, holding) {
    const finders = words.map((word) => holding(word, this.readings));
    const rank = (/** @type {string} */ haystack) =>
      words.every((word) => haystack.includes(word)) ? 0 : finders.every((holds) => holds(haystack)) ? 1 : 2;
    const districts = this.districts.filter((district) => rank(district.text) < 2);
    /** @type {Station[][]} */
    const groups = [[], [], [], []];
    for (const [row, { name, more }] of (this.texts ?? []).entries()) {
      const named = rank(name);
      const at = named < 2 ? named : 2 + rank(more);
      groups[at]?.push(this.stations[row]);
    }
    const found = groups.flat().sort((a, b) => Number(isInUse(b)) - Number(isInUse(a)));
    const isMeant = (/** @type {string | null} */ name) => name !== null && rank(folded(name)) < 2;
    const places = found.slice(0, most).map((station) => placeOf(station, this.lang, isMeant));
    return [...districts, ...places].slice(0, most);
  }
}

/**
 * Return a station as a place to start from; where another of its names is meant, that is shown too.
 * @param {{id: string, name: string, name_en?: string | null, aliases?: string[], address?: string | null, lon: number,
 *   lat: number}} station
 * @param {string} [lang]
 * @param {(name: string | null) => boolean} [isMeant]
 * @returns {Place}
 */
export function placeOf(station, lang = "zh", isMeant = () => false) {
  const { id, name_en: english = null, aliases = [], address, lon, lat } = station;
  const name = nameOf(lang, station);
  const other = isMeant(name) ? null : [station.name, english, ...aliases].find(isMeant);
  return { id, name, detail: [other, address].filter(Boolean).join(" · "), lon, lat };
}

/**
 * @param {Station} station
 */
function textsOf({ name, name_en, aliases, address, host, id }) {
  return {
    name: folded([name, name_en, ...aliases].join("\n")),
    more: folded([name, name_en, ...aliases, address, host, id].join("\n")),
  };
}

/**
 * @param {string} text
 */
function folded(text) {
  return text.normalize("NFKC").toLowerCase();
}
