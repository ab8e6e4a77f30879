/** Where places come from: the most important ones are kept on this phone, the rest come from the server, if the rider allows it. */

import { isPlacesDocument, PlaceIndex } from "./place_index.js";
import { LocalValue } from "../shared/local_value.js";

/**
 * @typedef {import("./place_index.js").NamedPlace} NamedPlace
 * @typedef {NamedPlace & {fit: number}} FoundPlace
 * @typedef {{places: FoundPlace[], isNear: boolean}} Answer `isNear`: nothing is called so, these are nearly
 * @typedef {{nearly: boolean, features: {geometry: GeoJSON.Point, properties: Omit<FoundPlace, "lon" | "lat">}[]}} Found
 *   answer to POST /api/v1/places
 */

const KEPT = "feed"; // where the feed is: no service worker clears that away
const TYPING_MS = 400; // nothing is requested while the rider goes on typing
const MAX_ASKED = 50;
const MAX_ANSWERS = 30;

/** Whether the words that are typed may be sent: not before the rider allows it. */
const mayAsk = new LocalValue("stationmap.places.ask", false);

export class PlaceSource {
  /**
   * @param {string} url of the places
   * @param {() => void} renewed called when there is more to find than before
   */
  constructor(url, renewed) {
    this.url = url;
    this.renewed = renewed;
    /** @type {PlaceIndex | null} */
    this.index = null;
    /** @type {Map<string, Answer>} of the server, by what was typed; as long as this page is open */
    this.answers = new Map();
    this.wanted = "";
  }

  /** Take what this phone has kept, which is renewed afterwards; else what the server has. */
  async load() {
    const kept = await keptAnswer(this.url);
    if (!kept || !this.take(await kept.clone().json())) return this.renew(null);
    void this.renew(kept).catch(() => null); // without a network what is kept serves
  }

  /**
   * Take what the server has now.
   * @param {Response | null} kept
   */
  async renew(kept) {
    const fresh = await fetch(this.url, { cache: "no-cache" });
    if (fresh.status === 404) return this.forget();
    if (!fresh.ok) throw new Error(this.url);
    if (kept && kept.headers.get("ETag") === fresh.headers.get("ETag")) return;
    if (this.take(await fresh.clone().json())) void keep(this.url, fresh); // nobody waits for what is kept
  }

  /**
   * @param {unknown} document
   * @returns {boolean} false where it is something else
   */
  take(document) {
    if (!isPlacesDocument(document)) return false;
    this.index = new PlaceIndex(document);
    this.answers.clear();
    this.renewed();
    return true;
  }

  /** Give up what there was: the server has no places any more. */
  async forget() {
    this.index = null;
    this.renewed();
    await (await caches.open(KEPT)).delete(this.url);
  }

  /** Whether there are places that only the server knows. */
  get hasMore() {
    return this.index !== null && !this.index.isWhole;
  }

  get mayAsk() {
    return mayAsk.get();
  }

  /** @param {boolean} may */
  allow(may) {
    mayAsk.set(may);
    if (!may) this.answers.clear();
    this.renewed();
  }

  /**
   * Return the places a text names: the server's where it has answered, else those of this phone; and ask for them, if the rider allows it.
   * @param {string} text
   * @param {number} most
   * @returns {FoundPlace[]}
   */
  search(text, most) {
    const answer = this.answers.get(text);
    if (answer && !answer.isNear) return answer.places.slice(0, most);
    if (!answer && this.hasMore && this.mayAsk) void this.askSoon(text);
    const { index } = this;
    return index ? index.search(text, most).map(({ row, fit }) => ({ ...index.places[row], fit })) : [];
  }

  /**
   * Return the places that are nearly called so.
   * @param {string} text
   * @param {number} most
   * @returns {FoundPlace[]}
   */
  guess(text, most) {
    const answer = this.answers.get(text);
    if (answer?.isNear) return answer.places.slice(0, most);
    const { index } = this;
    return index ? index.guess(text, most).map(({ row, fit }) => ({ ...index.places[row], fit })) : [];
  }

  /**
   * Ask the server, unless something else is typed meanwhile.
   * @param {string} text
   */
  async askSoon(text) {
    this.wanted = text;
    await new Promise((resolve) => setTimeout(resolve, TYPING_MS));
    if (this.wanted !== text || this.answers.has(text)) return;
    try {
      const answer = await answered(this.url, text);
      if (!this.mayAsk) return;
      this.answers.set(text, answer);
      const [oldest] = this.answers.keys();
      if (this.answers.size > MAX_ANSWERS) this.answers.delete(oldest);
      this.renewed();
    } catch {
      // Those of this phone are shown already.
    }
  }
}

/**
 * @param {string} url
 * @param {string} text
 * @returns {Promise<Answer>}
 */
async function answered(url, text) {
  const body = JSON.stringify({ q: text, k: MAX_ASKED });
  const response = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  if (!response.ok) throw new Error(url);
  const { features, nearly } = /** @type {Found} */ (await response.json());
  const places = features.map(({ geometry, properties }) => ({
    ...properties,
    lon: geometry.coordinates[0],
    lat: geometry.coordinates[1],
  }));
  return { places, isNear: nearly };
}

/**
 * Return what this phone has kept; null where it keeps nothing.
 * @param {string} url
 */
async function keptAnswer(url) {
  try {
    return (await (await caches.open(KEPT)).match(url)) ?? null;
  } catch {
    return null;
  }
}

/**
 * @param {string} url
 * @param {Response} answer
 */
async function keep(url, answer) {
  try {
    await (await caches.open(KEPT)).put(url, answer);
  } catch {
    // A full phone, or a private window: they are fetched again.
  }
}
