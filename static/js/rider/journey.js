/**
 * What is said on the page of a station to who is on the way there: how far it is, how long that takes, whether one
 * arrives in time and what cannot be relied on. Without a position nothing is.
 */

import { filtersIn, queryToStartWith } from "../shared/address.js";
import { distanceTo, doubtsOfRecord, hasWay, openingShown, wayParts } from "./offer_text.js";
import { handOver, handedOver, stillOfUse } from "./handed_over.js";
import { openingOf, paceOf } from "./filter_rules.js";
import { now } from "../shared/clock.js";
import { element, setChildren, setParts } from "../shared/dom.js";
import { minuteAt } from "./hours.js";
import { locate } from "./locate.js";
import { warnings } from "../shared/status_text.js";
import { originOfFix, originContext } from "./origin.js";
import { arrivalAtStation } from "./arrival.js";

/**
 * @typedef {import("./arrival.js").Offer} Offer
 * @typedef {import("../shared/dom.js").Part} Part
 * @typedef {{state: HTMLElement, journey: HTMLElement, ask: HTMLElement}} Shown elements of the page, for the state, for what is
 *   said of the way, and for the button that asks the device
 */

const CLOSING_SOON_MIN = 60; // that a station closes within the hour is worth a word

export class Journey {
  /**
   * @param {import("../shared/translate.js").Translate} translate
   * @param {DOMStringMap} site what the page says of its server
   * @param {import("./feed.js").Feed} feed
   * @param {import("./feed.js").Station} station
   */
  constructor(translate, site, feed, station) {
    this.translate = translate;
    this.site = site;
    this.feed = feed;
    this.station = station;
    this.trouble = "";
    this.known = handedOver();
    /** @type {(() => void) | null} called when there is another position */
    this.changed = null;
  }

  /**
   * Go by another feed from now on.
   * @param {import("./feed.js").Feed} feed of this station
   */
  take(feed) {
    this.feed = feed;
    this.station = feed.stations[0];
  }

  /**
   * Say it at the places of a page.
   * @param {Shown} page
   */
  show({ state, journey, ask }) {
    const { translate, station } = this;
    const point = stillOfUse(this.known)?.point ?? null;
    const travel = this.travel();
    const context = this.context(point, travel);
    const offer = point && this.offer(point, context.minute, travel);
    const isKnown = offer && hasWay(context, station);
    if (isKnown) state.className = `state is-${openingShown(context, offer)}`;
    setParts(journey, [
      ...(isKnown ? this.parts(context, offer) : []),
      .../** @type {Part[]} */ (this.trouble ? [["late", this.trouble]] : []),
    ]);
    journey.hidden = !journey.firstChild;
    const isGood = isKnown && point?.fix && !context.isRough;
    const button = element("button", { type: "button", class: "plain" }, translate("where.locate"));
    setChildren(ask, isGood ? [] : [button]);
    ask.hidden = !ask.firstChild;
  }

  /**
   * @param {import("../finder/origin_picker.js").Origin} point
   * @param {number} minute
   * @param {import("./filter_rules.js").Filters["travel"]} travel
   */
  offer(point, minute, travel) {
    return arrivalAtStation(this.feed, this.station, point, minute, paceOf(this.site, travel), this.known?.ways);
  }

  /** The way to travel: as chosen in the finder that led here, or last on this device. */
  travel() {
    const { travel: usual } = this.site;
    return this.known?.travel ?? filtersIn(queryToStartWith(new URLSearchParams(), usual), usual).travel;
  }

  /**
   * @param {import("./offer_text.js").Context} context
   * @param {Offer} offer
   * @returns {Part[]}
   */
  parts(context, offer) {
    const { translate } = this;
    const { arrival } = offer;
    const opening = openingOf(offer);
    const leftMin =
      arrival.state === "open" && arrival.untilMin !== null ? arrival.untilMin - context.minute : Infinity;
    const closes =
      leftMin < CLOSING_SOON_MIN ? translate("state.closes_in", { minutes: Math.max(1, Math.floor(leftMin)) }) : "";
    /** @type {Part[]} */
    const parts = [
      ["far", distanceTo(context, offer)],
      ...wayParts(context, offer),
      ["late", closes],
      [opening === "open" ? "state is-open" : "late", arrival.inTime === false ? "" : translate(`map.${opening}`)],
      ...warnings(translate, arrival, context.minute),
      ...doubtsOfRecord(context, offer),
    ];
    return parts.filter(([, text]) => text);
  }

  /**
   * @param {import("../finder/origin_picker.js").Origin | null} point
   * @param {string} travel
   * @returns {import("./offer_text.js").Context}
   */
  context(point, travel) {
    const { translate, feed } = this;
    const atMs = now();
    return {
      translate,
      lang: "",
      pages: null,
      startMs: 0,
      minute: minuteAt(feed.start, atMs),
      atMs,
      travel,
      selected: [],
      ...originContext(translate, point),
    };
  }

  /** Ask the device where it is; it stays in the storage of this tab. */
  async locate() {
    const { translate } = this;
    this.trouble = translate("where.locating");
    this.changed?.();
    try {
      this.known = { point: originOfFix(translate, await locate()), travel: this.travel(), leftAt: Date.now() };
      this.trouble = "";
      handOver(this.known.point, this.known.travel);
    } catch {
      this.trouble = translate("station.not_located");
    }
    this.changed?.();
  }
}
