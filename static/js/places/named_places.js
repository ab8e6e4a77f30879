/** Places of the city beside stations in the search field of the finder. */

import { PlaceSource } from "./place_source.js";
import { metresBetween } from "../shared/metres_between.js";
import { translatorOf } from "../shared/translate.js";

/**
 * @typedef {import("../finder/search.js").Place} Place
 * @typedef {import("./place_source.js").FoundPlace} FoundPlace
 * @typedef {{lon: number, lat: number} | null} Start
 */

const STATIONS_FIRST = 5; // of those whose name fits: then the places whose name does
const NAME_FITS = 2; // the last fit of a name, for stations and places alike

export class NamedPlaces {
  /**
   * @param {import("../finder/origin_picker.js").OriginPickerOptions} wishes what finds stations, and where the rider is
   * @param {PlaceSource} source
   * @param {import("../shared/translate.js").Translate} translate
   */
  constructor(wishes, source, translate) {
    this.wishes = wishes;
    this.source = source;
    this.translate = translate;
    this.lang = document.body.dataset.lang ?? "zh";
  }

  /**
   * Return what a text names: stations and places, in the order in which they are offered; then perhaps a way on.
   * @param {string} text
   * @param {number} most
   * @returns {Promise<Place[]>}
   */
  async find(text, most) {
    const start = this.wishes.chosen();
    const found = await this.wishes.find(text, most);
    const places = nearestFirst(this.source.search(text, most), start).map((place) => this.shown(place, start));
    const districts = found.filter(({ id }) => !id);
    const stations = found.filter(({ id }) => id);
    const isCalled = (/** @type {Place} */ { fit = 0 }) => fit <= NAME_FITS;
    const [called, others] = [stations.filter(isCalled), stations.filter((station) => !isCalled(station))];
    const [named, around] = [places.filter(isCalled), places.filter((place) => !isCalled(place))];
    const [first, rest] = [called.slice(0, STATIONS_FIRST), called.slice(STATIONS_FIRST)];
    const way = most > STATIONS_FIRST ? this.wayOn() : null;
    const listed = [...districts, ...first, ...named.slice(0, STATIONS_FIRST), ...rest];
    const all = [...listed, ...named.slice(STATIONS_FIRST), ...others, ...around];
    // The last of those that are wanted only tells that there are more.
    return way ? [...all.slice(0, most - 2), way, ...all.slice(most - 2, most - 1)] : all.slice(0, most);
  }

  /**
   * Return the stations and places that a text nearly names.
   * @param {string} text
   * @param {number} most
   * @returns {Place[]}
   */
  guess(text, most) {
    const start = this.wishes.chosen();
    return [
      ...this.wishes.guess(text, most),
      ...this.source.guess(text, most).map((place) => this.shown(place, start)),
    ];
  }

  /**
   * @param {FoundPlace} place
   * @param {Start} start
   * @returns {Place}
   */
  shown({ kind, name, name_en: english, around, around_en, lon, lat, fit }, start) {
    const isEnglish = this.lang !== "zh";
    const detail = [this.translate(`places.kind.${kind}`), (isEnglish && around_en) || around];
    return {
      name: (isEnglish && english) || name,
      detail: detail.filter(Boolean).join(" · "),
      lon,
      lat,
      fit,
      ...(start ? { metres: metresBetween(start, { lon, lat }) } : {}),
    };
  }

  /**
   * Return the suggestion by which the rider allows the server to be asked for more places, or ends that.
   * @returns {Place | null}
   */
  wayOn() {
    const { source, translate } = this;
    if (!source.hasMore) return null;
    const { mayAsk } = source;
    return {
      name: translate(mayAsk ? "places.stop" : "places.ask"),
      detail: translate(mayAsk ? "places.stop_detail" : "places.ask_detail"),
      lon: 0,
      lat: 0,
      act: () => source.allow(!mayAsk),
    };
  }
}

/**
 * Return places as they are offered: those that fit alike and are as important by how far they are.
 * @param {FoundPlace[]} places
 * @param {Start} start
 */
function nearestFirst(places, start) {
  if (!start) return places;
  const metres = new Map(places.map((place) => [place, metresBetween(start, place)]));
  const metresOf = (/** @type {FoundPlace} */ place) => metres.get(place) ?? 0;
  return [...places].sort((a, b) => a.fit - b.fit || b.importance - a.importance || metresOf(a) - metresOf(b));
}

/**
 * Return what finds the places of the city beside stations; `renewed` is called when there is more to find than before. It fails
 * where no places can be had.
 * @param {import("../finder/origin_picker.js").OriginPickerOptions} wishes
 * @param {() => void} renewed
 * @returns {Promise<import("../finder/origin_picker.js").OriginPickerOptions>}
 */
export async function beside(wishes, renewed) {
  const { href } = /** @type {HTMLLinkElement} */ (document.getElementById("words"));
  const words = await fetch(href.replace(/(\w+\.json)$/, "places.$1"));
  if (!words.ok) throw new Error(words.url);
  const source = new PlaceSource(document.body.dataset.places ?? "", renewed);
  const named = new NamedPlaces(wishes, source, translatorOf(await words.json()));
  await source.load();
  return {
    ...wishes,
    find: (text, most) => named.find(text, most),
    guess: (text, most) => named.guess(text, most),
  };
}
