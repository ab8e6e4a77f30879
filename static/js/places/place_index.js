/** Which places are meant by what was typed, of those this phone keeps: what `stationmap/places/search.py` finds of them. */

import { finderOf, guesserOf, MIN_GUESSED, readingsOf } from "../finder/pinyin.js";
import { folded, searchWords } from "../finder/search.js";
import RULES from "../../rules.json" with { type: "json" };

/**
 * @typedef {{kind: string, name: string, name_en: string, aliases: string[], lon: number, lat: number,
 *   importance: number, around: string, around_en: string}} NamedPlace
 * @typedef {{row: number, fit: number}} Match a place by its row and how well it fits, 0 best
 *
 * @typedef {object} PlacesDocument answer to GET /api/v1/places: a column each, the most important place first
 * @property {number} format
 * @property {number} total of all places there are on the server
 * @property {{attribution: string, date: string | null}} stationmap
 * @property {Record<string, string>} readings
 * @property {string[]} kinds
 * @property {[string, string][]} arounds
 * @property {{name: string[], name_en: string[], aliases: (string[] | 0)[], kind: number[], importance: number[],
 *   lon: number[], lat: number[], around: number[]}} places
 */

const MAX_WORDS = 8;
const MAX_QUERY_CHARS = 100;
const NONE = 5;
const DEGREES = 1e5; // whole numbers of it are a degree
const CROSSING = new RegExp(`^${RULES.crossing_pattern}$`);

/** Places as a phone keeps them; texts are folded when the first search needs them. */
export class PlaceIndex {
  /**
   * @param {PlacesDocument} document
   */
  constructor({ readings, kinds, arounds, places, total }) {
    this.readings = readingsOf(readings);
    this.isWhole = total === places.name.length;
    /** @type {NamedPlace[]} */
    this.places = places.name.map((name, row) => {
      const [around, around_en] = arounds[places.around[row]];
      return {
        kind: kinds[places.kind[row]],
        name,
        name_en: places.name_en[row],
        aliases: places.aliases[row] || [],
        lon: places.lon[row] / DEGREES,
        lat: places.lat[row] / DEGREES,
        importance: places.importance[row],
        around,
        around_en,
      };
    });
    /** @type {{names: string, around: string}[] | null} */
    this.texts = null;
  }

  /**
   * Return the places that fit a text best, those that fit alike by how important they are.
   * @param {string} text
   * @param {number} most
   */
  search(text, most) {
    return this.matches(text, most, (word) => (/[a-z]/.test(word) ? finderOf(word, this.readings) : holderOf(word)));
  }

  /**
   * Return what `search` would if a character or a letter of each word were another.
   * @param {string} text
   * @param {number} most
   */
  guess(text, most) {
    return this.matches(text, most, (word) => guesserOf(word, this.readings, MIN_GUESSED));
  }

  /**
   * @param {string} text
   * @param {number} most
   * @param {(word: string) => Holds} readerOf
   * @returns {Match[]}
   */
  matches(text, most, readerOf) {
    const words = wordsOf(text);
    if (!words.length) return [];
    this.texts =
      this.texts ??
      this.places.map(({ kind, name, name_en, aliases, around, around_en }) => ({
        names: linesOf([name, name_en, ...aliases, kind === "crossing" ? bothOrders(name) : ""].filter(Boolean)),
        around: linesOf([around, around_en]),
      }));
    const [whole, ofCrossing] = [words, crossingWords(words)].map((some) => fitter(some, some.map(readerOf)));
    return this.texts
      .map((texts, row) => {
        const isCrossing = this.places[row].kind === "crossing";
        return { row, fit: Math.min(whole(texts), isCrossing ? ofCrossing(texts) : NONE) };
      })
      .filter(({ fit }) => fit < NONE)
      .sort((a, b) => a.fit - b.fit || a.row - b.row)
      .slice(0, most);
  }
}

/**
 * Tell whether what came is a document of places that this script can read: a hotel's Wi-Fi may answer with a page.
 * @param {unknown} document
 * @returns {document is PlacesDocument}
 */
export function isPlacesDocument(document) {
  const { format, places } = /** @type {Partial<PlacesDocument>} */ (document ?? {});
  return format === RULES.places_format && Array.isArray(places?.name);
}

/** @typedef {(text: string) => boolean} Holds */

/**
 * Return the function that rates how well texts fit: a name is that, holds it, is read so; then with what lies around.
 * @param {string[]} words
 * @param {Holds[]} readers
 * @returns {(texts: {names: string, around: string}) => number}
 */
function fitter(words, readers) {
  const line = `\n${words.join("")}\n`;
  return ({ names, around }) => {
    if (!words.length) return NONE;
    if (words.every((word) => names.includes(word))) return names.includes(line) ? 0 : 1;
    if (readers.every((holds) => holds(names))) return 2;
    if (words.every((word) => names.includes(word) || around.includes(word))) return 3;
    return readers.every((holds) => holds(names) || holds(around)) ? 4 : NONE;
  };
}

/**
 * Return the parts of two streets' names in what was typed for their crossing; none where it is not written so.
 * @param {string[]} words
 */
export function crossingWords(words) {
  const whole = words.join("");
  const parts = (CROSSING.exec(whole) ?? []).slice(1).filter(Boolean);
  return parts[0] === whole ? [] : parts;
}

/**
 * Return the names of a crossing's streets in either order, in one line: A, B and A again.
 * @param {string} name
 */
function bothOrders(name) {
  const streets = name.replace(/路口$/, "").split("与");
  return streets.length === 2 ? `${streets.join("")}${streets[0]}` : "";
}

/**
 * @param {string} word
 * @returns {Holds}
 */
function holderOf(word) {
  return (text) => text.includes(word);
}

/**
 * @param {string} text
 */
function wordsOf(text) {
  return searchWords(Array.from(text).slice(0, MAX_QUERY_CHARS).join("")).slice(0, MAX_WORDS).map(withoutSharpS);
}

/**
 * Return texts as they are compared, a line each without blanks, with a line's end before and after.
 * @param {string[]} texts
 */
function linesOf(texts) {
  return `\n${texts.map((text) => `${withoutSharpS(folded(text)).replace(/\s/g, "")}\n`).join("")}`;
}

/**
 * Python's `casefold` knows that ß is ss.
 * @param {string} text
 */
function withoutSharpS(text) {
  return text.replace(/ß/g, "ss");
}
