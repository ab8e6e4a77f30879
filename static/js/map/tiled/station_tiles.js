/** Tiles of stations: those of the view are fetched, those seen last are held, what the view has left is not waited for. */

import { featuresOf } from "./tile_features.js";
import { now } from "../../shared/clock.js";

/**
 * @typedef {import("./tile_grid.js").Tile} Tile
 * @typedef {import("./tile_features.js").TileFeatures} TileFeatures
 * @typedef {{tiles_version: string, at: string, until: string, maxzoom: number}} TileJson of what the server says of its tiles, what is used here
 * @typedef {{version: string, query: string, atMs: number, untilMs: number, maxZoom: number}} Edition tiles of a choice, with the states of a moment
 */

const MAX_HELD = 400; // tiles, of some kilobytes each
const TOGETHER_MS = 60; // tiles that come within this time are drawn together
const RETRY_MS = { first: 4_000, longest: 60_000 };
const MEDIA_TYPE = "application/vnd.mapbox-vector-tile";
const NO_CONTENT = 204;
const NOTHING = { features: [], splitsAt: new Map() };

export class StationTiles {
  /**
   * @param {string} address of what the server says of its tiles, .../stations.json
   * @param {() => void} onTiles others are here, or can be had
   * @param {() => void} onTrouble it is known that some do not come now
   */
  constructor(address, onTiles, onTrouble) {
    this.address = address;
    this.onTiles = onTiles;
    this.onTrouble = onTrouble;
    /** @type {Edition | null} */
    this.edition = null;
    this.query = ""; // of the choice that is wanted
    /** @type {Map<string, TileFeatures>} by address, seen longest ago first */
    this.held = new Map();
    /** @type {Map<string, AbortController>} on their way, by address */
    this.coming = new Map();
    this.isAway = false; // the last request got no answer that could be used
    this.retryMs = RETRY_MS.first;
    this.retrying = 0;
    this.telling = 0;
    /** @type {Promise<void> | null} */
    this.renewing = null;
    addEventListener("online", () => this.isAway && this.retry());
  }

  /** The moment whose states the tiles show, where the server would have newer ones; null while they are those of now. */
  get agedAt() {
    return this.edition && now() > this.edition.untilMs && this.isAway ? this.edition.atMs : null;
  }

  /**
   * Have the tiles of a choice as of now; those before stay until then.
   * @param {string} query
   */
  choose(query) {
    this.query = query;
    if (this.edition?.query !== query || now() >= this.edition.untilMs) this.look();
  }

  /** Look what the server has, unless that is being done. */
  look() {
    this.renewing = this.renewing ?? this.renew().finally(() => (this.renewing = null));
  }

  /** @returns {Promise<void>} */
  async renew() {
    const { query } = this;
    const fresh = await this.told(query, "no-cache");
    // Without a network, what the browser has kept: its tiles may be here too.
    const told = fresh ?? (this.edition ? null : await this.told(query, "force-cache"));
    if (told)
      this.edition = {
        version: told.tiles_version,
        query,
        atMs: Date.parse(told.at),
        untilMs: Date.parse(told.until),
        maxZoom: told.maxzoom,
      };
    if (query !== this.query) return this.renew(); // the choice has changed meanwhile
    if (fresh) this.isAway = false;
    else this.fail();
    if (told) this.onTiles();
  }

  /**
   * Return what the server says of its tiles; null where it cannot be reached.
   * @param {string} query
   * @param {RequestCache} cache
   * @returns {Promise<TileJson | null>}
   */
  async told(query, cache) {
    try {
      const got = await fetch(this.address + query, { cache });
      return got.ok ? await got.json() : null;
    } catch {
      return null;
    }
  }

  /**
   * Return the address of a tile of the present edition.
   * @param {Tile} tile
   */
  url({ z, x, y }) {
    const { version, query } = /** @type {Edition} */ (this.edition);
    return `${this.address.replace(/\.json$/, "")}/${version}/${z}/${x}/${y}.mvt${query}`;
  }

  /**
   * Return what a tile shows; null as long as it is not here.
   * @param {Tile} tile
   */
  get(tile) {
    const url = this.edition ? this.url(tile) : "";
    const found = this.held.get(url);
    if (!found) return null;
    this.held.delete(url);
    this.held.set(url, found); // seen last
    return found;
  }

  /**
   * Fetch these tiles where they are not here, and no others any more.
   * @param {readonly Tile[]} tiles
   */
  want(tiles) {
    if (!this.edition) return;
    const wanted = new Map(tiles.map((tile) => [this.url(tile), tile]));
    for (const [url, ending] of this.coming) {
      if (wanted.has(url)) continue;
      this.coming.delete(url);
      ending.abort();
    }
    const missing = [...wanted].filter(([url]) => !this.held.has(url) && !this.coming.has(url));
    if (!this.isAway) for (const [url, tile] of missing) void this.fetch(url, tile);
    else if (missing.length) this.look(); // one request instead of many that fail
  }

  /**
   * @param {string} url
   * @param {Tile} tile
   */
  async fetch(url, tile) {
    const ending = new AbortController();
    this.coming.set(url, ending);
    try {
      const answer = await fetch(url, { signal: ending.signal });
      const found = await this.read(answer, tile);
      if (ending.signal.aborted) return;
      this.hold(url, found);
      this.coming.delete(url);
      this.isAway = false;
      this.retryMs = RETRY_MS.first;
      if (answer.redirected && this.edition) this.edition.untilMs = 0; // there is a newer edition
      this.tell();
    } catch {
      if (ending.signal.aborted) return;
      this.coming.delete(url);
      this.fail();
    }
  }

  /**
   * @param {Response} answer
   * @param {Tile} tile
   */
  async read(answer, tile) {
    if (answer.status === NO_CONTENT) return NOTHING;
    // The page of a hotel's Wi-Fi, say, is no tile.
    const isTile = answer.ok && answer.headers.get("Content-Type") === MEDIA_TYPE;
    if (!isTile) throw new Error(`${answer.url}: ${answer.status}`);
    return featuresOf(tile, await answer.arrayBuffer());
  }

  /**
   * @param {string} url
   * @param {TileFeatures} found
   */
  hold(url, found) {
    this.held.set(url, found);
    const [oldest] = this.held.keys();
    if (this.held.size > MAX_HELD) this.held.delete(oldest);
  }

  /** Let what has come be drawn: at once where it is the last. */
  tell() {
    if (this.coming.size) {
      this.telling = this.telling || setTimeout(() => this.drawNow(), TOGETHER_MS);
    } else this.drawNow();
  }

  drawNow() {
    clearTimeout(this.telling);
    this.telling = 0;
    this.onTiles();
  }

  /** What was asked for did not come: it is tried again in a while. */
  fail() {
    this.isAway = true;
    clearTimeout(this.retrying);
    this.retrying = setTimeout(() => this.retry(), this.retryMs);
    this.onTrouble();
  }

  retry() {
    clearTimeout(this.retrying);
    this.retryMs = Math.min(2 * this.retryMs, RETRY_MS.longest);
    if (document.hidden) return void document.addEventListener("visibilitychange", () => this.retry(), { once: true });
    this.look();
  }
}
