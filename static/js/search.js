/** Places a rider can name: districts, and stations by name, alias, address or host. */

import { isGone } from "./choice.js";
import { finderOf, readingsOf } from "./reading.js";

/**
 * @typedef {{name: string, detail: string, lon: number, lat: number}} Place
 * @typedef {Place & {code: string, count: number}} District
 * @typedef {import("./feed.js").Station} Station
 * @typedef {import("./feed.js").Feed} Feed
 */

/** What can be found in a feed; texts are folded when the first search needs them. */
export class Gazetteer {
  /**
   * @param {Feed} feed
   * @param {(adcode: string) => string} nameOf
   */
  constructor(feed, nameOf) {
    this.stations = feed.stations;
    this.readings = readingsOf(feed.readings);
    /** @type {District[]} */
    this.districts = feed.districts.map((district) => ({ ...district, name: nameOf(district.code), detail: "" }));
    /** @type {{name: string, more: string}[] | null} */
    this.texts = null;
  }

  /** Where most stations are: the place a first answer is given for; null without any station. */
  get heart() {
    return this.districts.reduce(
      (/** @type {District | null} */ best, found) => (best && best.count >= found.count ? best : found),
      null,
    );
  }

  /**
   * Return up to `most` places whose texts hold every word of `text`: districts, then names, then addresses; in each,
   * what is written so before what is read so. Stations that are given up come last.
   * @param {string} text
   * @param {number} most
   * @returns {Place[]}
   */
  search(text, most) {
    const words = folded(text).split(/\s+/).filter(Boolean);
    if (words.length === 0) return [];
    this.texts ??= this.stations.map(textsOf);
    const finders = words.map((word) => finderOf(word, this.readings));
    const rank = (/** @type {string} */ haystack) =>
      words.every((word) => haystack.includes(word)) ? 0 : finders.every((holds) => holds(haystack)) ? 1 : 2;
    const districts = this.districts.filter(({ name }) => rank(folded(name)) < 2);
    /** @type {Station[][]} */
    const groups = [[], [], [], []];
    for (const [row, { name, more }] of this.texts.entries()) {
      const named = rank(name);
      const at = named < 2 ? named : 2 + rank(more);
      groups[at]?.push(this.stations[row]);
    }
    const found = groups.flat().sort((a, b) => Number(isGone(a)) - Number(isGone(b)));
    return [...districts, ...found.slice(0, most).map(placeOf)].slice(0, most);
  }
}

/**
 * Return a station as a place to start from.
 * @param {{name: string, address?: string | null, lon: number, lat: number}} station
 * @returns {Place}
 */
export function placeOf({ name, address, lon, lat }) {
  return { name, detail: address ?? "", lon, lat };
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
