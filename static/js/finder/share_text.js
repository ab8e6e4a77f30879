/** The answer as it is pasted into a chat. */

import { effortOf, hasWay, stationUrl } from "../rider/offer_text.js";
import { markText } from "../rider/marks.js";
import { isForAnyone, isInUse } from "../rider/filter_rules.js";
import { warnings, nameOf, stateText, verifiedText } from "../shared/status_text.js";

/**
 * @typedef {import("../rider/offer_text.js").Context} Context
 * @typedef {import("../rider/arrival.js").Offer} Offer
 */

export const SEPARATOR = " · ";

/**
 * Return the line that explains an offer: how far, until when, what may disappoint, who may enter, how well known.
 * @param {Context} context
 * @param {Offer} offer
 */
export function shareLine(context, offer) {
  return shareParts(context, offer).join(SEPARATOR);
}

/**
 * Return the parts of that line.
 * @param {Context} context
 * @param {Offer} offer
 */
export function shareParts(context, offer) {
  const { translate, minute, startMs, atMs } = context;
  const { station, arrival } = offer;
  return [
    effortOf(context, offer),
    stateText(translate, arrival, minute, startMs),
    markText(translate, station, atMs),
    // Until when it is open stands before: how long that is for who is here is told where it is hardly enough.
    ...warnings(translate, arrival, hasWay(context, station) ? minute : null, 0).map(([, text]) => text),
    isForAnyone(station) || !isInUse(station) ? "" : translate(`who.${station.access.who}`),
    verifiedText(translate, station.verified, atMs),
  ].filter(Boolean);
}

/**
 * Return an offer as a message: its name, the line that explains it, its address if it has one.
 * @param {Context} context
 * @param {Offer} offer
 * @param {string} base the address of this page
 */
export function shareMessage(context, offer, base) {
  const link = context.pages ? new URL(stationUrl(context, offer.station.id), base).href : "";
  return [nameOf(context.lang, offer.station), shareLine(context, offer), link].filter(Boolean).join("\n");
}
