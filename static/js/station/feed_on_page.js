/** The feed of one station that its page of the server holds. */

import { feedOf } from "../rider/feed.js";

/**
 * Return the feed of the station of a page; throws where it holds none.
 * @param {ParentNode} content
 */
export function feedOnPage(content) {
  return feedOf(JSON.parse(content.querySelector("#station-feed")?.textContent ?? "null"));
}
