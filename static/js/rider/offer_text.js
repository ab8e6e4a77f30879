/** What is said of an offer, wherever it is shown: how far it is, in what state, who may enter, what is doubtful. */

import { isForAnyone, isGone, isInUse, openingOf } from "./filter_rules.js";
import { DOUBTS } from "./doubts.js";
import { markText } from "./marks.js";
import { distanceText, durationText, stateText, verifiedText, warnings } from "../shared/status_text.js";
import RULES from "../../rules.json" with { type: "json" };

const MINUTE_S = 60;

/**
 * @typedef {import("../shared/translate.js").Translate} Translate
 * @typedef {import("./arrival.js").Offer} Offer
 * @typedef {import("../shared/dom.js").Part} Part
 * @typedef {object} Context
 * @property {Translate} translate
 * @property {string} lang
 * @property {string | null} pages where the pages of stations are, null if there are none
 * @property {number} startMs
 * @property {number} minute
 * @property {number} atMs
 * @property {string} travel
 * @property {readonly string[]} selected the facilities the rider filters by
 * @property {boolean} hasPoint whether distances are from a point the rider chose
 * @property {boolean} isRough whether that point is uncertain
 * @property {string} past how long ago the rider was there, where that is a while
 * @property {string | undefined} named the station whose own place that point is
 */

/**
 * Say how far a station is, and nothing where no way to it is known.
 * @param {Context} context
 * @param {Offer} offer
 */
export function distanceTo(context, offer) {
  if (!hasWay(context, offer.station)) return "";
  const { translate } = context;
  const distance = distanceText(translate, offer.metres);
  return isAbout(context, offer) ? translate("distance.about", { distance }) : distance;
}

/**
 * Say what an offer is chosen by: how much longer it makes a way, where it lies on one, else how far it is.
 * @param {Context} context
 * @param {Offer} offer
 */
export function effortOf(context, offer) {
  const { detourS } = offer.way ?? {};
  if (detourS === undefined) return distanceTo(context, offer);
  const minutes = Math.round(detourS / MINUTE_S);
  const about = isAbout(context, offer) ? "_about" : "";
  return context.translate(minutes ? `route.detour${about}` : "route.no_detour", { minutes });
}

/**
 * Tell whether the way to a station is only about right: by a straight line, from a rough position, or to a point worked
 * out from an address.
 * @param {Context} context
 * @param {Offer} offer
 */
function isAbout({ isRough }, { station: { geocoded }, way }) {
  return isRough || geocoded === "1" || way?.seconds === undefined;
}

/**
 * Tell whether the way to a station is known: not before a point was chosen, nor where that point is the station itself,
 * as who named it need not be there.
 * @param {Context} context
 * @param {Offer["station"]} station
 */
export function hasWay({ hasPoint, named }, { id }) {
  return hasPoint && id !== named;
}

/**
 * Return the parts of the line about the state.
 * @param {Context} context
 * @param {Offer} offer
 * @returns {Part[]}
 */
export function stateParts(context, offer) {
  const { translate, minute, startMs, atMs } = context;
  const { station, arrival } = offer;
  /** @type {Part[]} */
  const parts = [
    [`state is-${openingShown(context, offer)}`, stateText(translate, arrival, minute, startMs)],
    ["late", markText(translate, station, atMs)],
    ...warnings(translate, arrival, hasWay(context, station) ? minute : null),
    ...wayParts(context, offer),
  ];
  return parts.filter(([, text]) => text);
}

/**
 * Return the state a station is shown in: what is open now has the colour of what the rider finds on arrival.
 * @param {Context} context
 * @param {Offer} offer
 */
export function openingShown(context, offer) {
  const { station, arrival, doubts } = offer;
  const isOnArrival = hasWay(context, station) || doubts & DOUBTS.reported_locked; // which holds here and now
  return arrival.state === "open" && isOnArrival ? openingOf(offer) : arrival.state;
}

/**
 * Return how long the way takes, and how long ago it began there, where that is a while.
 * @param {Context} context
 * @param {Offer} offer
 * @returns {Part[]}
 */
export function wayParts(context, offer) {
  const { station, arrival, way = {} } = offer;
  const { translate, travel, past } = context;
  if (!hasWay(context, station) || arrival.seconds >= RULES.max_wait_s || isGone(station)) return [];
  /** @type {Part[]} */
  const parts = [
    ["", way.detourS === undefined ? "" : distanceTo(context, offer)],
    ["", durationText(translate, arrival.seconds, travel, isAbout(context, offer))],
    ["late", way.isUnknown ? translate("route.unknown") : ""],
    ["late", past],
  ];
  return parts.filter(([, text]) => text);
}

/**
 * Return who may enter and how; what is not for anyone is marked, and where nobody is there nothing is said.
 * @param {Translate} translate
 * @param {Offer["station"]} station
 * @returns {Part[]}
 */
export function accessParts(translate, station) {
  if (!isInUse(station)) return [];
  const { access } = station;
  const how = (access.how ?? []).map((code) => ` · ${translate(`how.${code}`)}`).join("");
  return [
    [isForAnyone(station) ? "" : "not-for-all", translate(`who.${access.who}`)],
    ["", how],
  ];
}

/**
 * Return what is doubtful of how well a record is kept; empty texts among it.
 * @param {Context} context
 * @param {Offer} offer
 * @returns {[Part, Part, Part]}
 */
export function doubtsOfRecord({ translate, atMs }, { station, doubts }) {
  const { never_verified: never, verified_long_ago: old, verified_by_rider: byRider, geocoded } = DOUBTS;
  return [
    ["late", doubts & (never | old) ? verifiedText(translate, station.verified, atMs) : ""],
    ["", doubts & byRider ? translate("doubt.verified_by_rider") : ""],
    ["", doubts & geocoded ? translate("doubt.geocoded") : ""],
  ];
}

/**
 * Return where the page of a station is.
 * @param {Context} context
 * @param {string} id
 */
export function stationUrl({ pages, lang }, id) {
  return `${pages}${encodeURIComponent(id)}${lang === "zh" ? "" : `?lang=${lang}`}`;
}
