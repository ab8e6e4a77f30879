/** Places a rider can name: districts, and stations by name, alias, address, host, managing union or district. */

import { isInUse } from "../rider/filter_rules.js";
import { finderOf, guesserOf, MIN_GUESSED, readingsOf } from "./pinyin.js";
import { nameOf } from "../shared/status_text.js";

/**
 * @typedef {{name: string, detail: string, lon: number, lat: number, id?: string, status?: string,
 *   metres?: number, fit?: number, act?: () => void}} Place
 *   `id`, `status`: of a station; `metres`: from where the rider is; `fit`: how well it fits, 0 best; `act`: what is done
 *   instead of starting from it, which leads to further suggestions
 * @typedef {Place & {code: string, count: number, text: string}} District
 * @typedef {import("../rider/feed.js").Station} Station
 * @typedef {import("../rider/feed.js").Feed} Feed
 * @typedef {(row: number) => number} MetresOf how far each station of the feed is
 */

const PAIR = 4; // two characters: a district's short name with one of them wrong

/** How well a station's texts fit: worst last. */
const FITS = /** @type {const} */ (["is", "name", "name_read", "more", "more_read"]);

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
      return { ...district, name: names[0], detail: "", text: names.map(folded).join("\n") };
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
   * Return up to `most` places whose texts hold every word of `text`: districts, then stations by how well they fit, and
   * those that fit alike by their distance. Stations that are not in use come last.
   * @param {string} text
   * @param {number} most
   * @param {MetresOf | null} [metresOf]
   * @returns {Place[]}
   */
  search(text, most, metresOf = null) {
    const words = searchWords(text);
    const finders = words.map((word) => finderOf(word, this.readings));
    return this.found(words, most, metresOf, finders, finders);
  }

  /**
   * Return what `search` would if a character or a letter of each word were another.
   * @param {string} text
   * @param {number} most
   * @param {MetresOf | null} [metresOf]
   * @returns {Place[]}
   */
  guess(text, most, metresOf = null) {
    const words = searchWords(text);
    const guessers = (/** @type {number} */ least) => words.map((word) => guesserOf(word, this.readings, least));
    return this.found(words, most, metresOf, guessers(PAIR), guessers(MIN_GUESSED));
  }

  /**
   * @param {readonly string[]} words
   * @param {number} most
   * @param {MetresOf | null} metresOf
   * @param {readonly Holds[]} inDistricts
   * @param {readonly Holds[]} inStations
   * @returns {Place[]}
   */
  found(words, most, metresOf, inDistricts, inStations) {
    if (words.length === 0) return [];
    this.texts = this.texts ?? this.stations.map((station) => textsOf(station, this.districts));
    const districts = this.districts.filter(({ text }) => inDistricts.every((holds) => holds(text)));
    /** @type {{row: number, fit: number, metres: number}[]} */
    const found = [];
    for (const [row, texts] of this.texts.entries()) {
      const fit = fitOf(texts, words, inStations);
      if (fit < FITS.length)
        found.push({ row, fit: isInUse(this.stations[row]) ? fit : FITS.length, metres: metresOf?.(row) ?? 0 });
    }
    found.sort((a, b) => a.fit - b.fit || a.metres - b.metres || a.row - b.row);
    const isMeant = (/** @type {string | null} */ name) =>
      name !== null && inStations.every((holds) => holds(folded(name)));
    const places = found.slice(0, most).map(({ row, fit, metres }) => ({
      ...placeOf(this.stations[row], this.lang, isMeant),
      status: this.stations[row].schedule.status,
      fit,
      ...(metresOf ? { metres } : {}),
    }));
    return [...districts, ...places].slice(0, most);
  }
}

/** @typedef {(text: string) => boolean} Holds */

/**
 * Return which of `FITS` is true first; their number if none is.
 * @param {{name: string, more: string}} texts
 * @param {readonly string[]} words
 * @param {readonly Holds[]} finders
 */
function fitOf({ name, more }, words, finders) {
  const isWritten = (/** @type {string} */ text) => words.every((word) => text.includes(word));
  const isRead = (/** @type {string} */ text) => finders.every((holds) => holds(text));
  if (isWritten(name)) return `\n${name}\n`.includes(`\n${words.join("")}\n`) ? 0 : 1;
  if (isRead(name)) return 2;
  return isWritten(more) ? 3 : isRead(more) ? 4 : FITS.length;
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
 * @param {readonly District[]} districts
 */
function textsOf({ name, name_en, aliases, address, host, managed_by, district, id }, districts) {
  const lines = (/** @type {(string | null | undefined)[]} */ texts) =>
    texts.map((text) => folded(text ?? "")).join("\n");
  const names = [name, name_en, ...aliases];
  const where = districts.find(({ code }) => code === district)?.text;
  return { name: lines(names), more: `${lines([...names, address, host, managed_by, id])}\n${where ?? ""}` };
}

/**
 * Return the folded words of what was typed, as `words` of `stationmap/search/query.py`: xi'an is one, 泉山区，厕所 are two.
 * @param {string} text
 */
export function searchWords(text) {
  const joined = normalised(text).replace(/['’‘`´_.·•・‐‑‒–—-]/g, "");
  return joined.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
}

/**
 * Return a text without punctuation, case and forms of compatibility: Ｗｉ-Ｆｉ holds wifi.
 * @param {string} text
 */
export function folded(text) {
  return normalised(text).replace(/[^\p{L}\p{N}\s]/gu, "");
}

/**
 * @param {string} text
 */
function normalised(text) {
  return text.normalize("NFKC").toLowerCase();
}
