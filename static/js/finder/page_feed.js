/** Where the feed of the finder's page comes from. */

import { feedOf } from "../rider/feed.js";
import { latestFeed } from "../rider/feed_cache.js";
import { byId } from "../shared/dom.js";
import { resource } from "../shared/resource.js";

/**
 * Return the page's feed: of the server or kept, or inside the page (a file opened from disk).
 * @returns {Promise<import("../rider/feed_cache.js").FetchedFeed>}
 */
export async function newestFeed() {
  const link = byId("feed");
  if (link instanceof HTMLLinkElement) return latestFeed(link.href, feedOf);
  return { feed: feedOf(await resource("feed")), fetchedAt: Number(document.body.dataset.made) };
}
