/** The answer as one line that can be pasted into a chat. */

import * as words from "./say.js";

/**
 * Return the line that explains an offer: how far, until when, how well known.
 * @param {import("./card.js").Context} context
 * @param {import("./answer.js").Offer} offer
 */
export function line({ say, minute, startMs, atMs }, { station, metres, visit }) {
  return [
    words.distance(say, metres),
    words.state(say, visit, minute, startMs),
    words.verified(say, station.verified, atMs),
  ].join(" · ");
}
