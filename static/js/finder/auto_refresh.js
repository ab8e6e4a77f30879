/** What keeps the finder true while time passes: a look every minute, another position, newer stations. */

import { relocate } from "./origin_picker.js";
import { newestFeed } from "./page_feed.js";
import { FRESH_MS, MOVED_MS } from "../rider/data_age.js";
import { onNewerFeed } from "../rider/feed_cache.js";
import { renewMarks } from "../rider/marks.js";
import { SENT, marksUrl } from "../reports/form_loader.js";
import { whenCorrected } from "../shared/clock.js";
import { MINUTE_MS } from "../shared/time_units.js";

export class AutoRefresh {
  /**
   * @param {import("./page.js").Page} page
   */
  constructor(page) {
    this.page = page;
    this.locatedAt = 0;
  }

  start() {
    const { page } = this;
    const refresh = () => {
      if (document.hidden) return;
      void page.update({ isNew: false });
      void this.renewMarks();
      void this.locateAgain();
      void this.renew();
    };
    setInterval(refresh, MINUTE_MS);
    document.addEventListener("visibilitychange", refresh);
    document.addEventListener(SENT, () => void this.renewMarks());
    onNewerFeed(() => void this.renew(-Infinity));
    whenCorrected(() => void page.update({ isNew: false }));
  }

  /** Let the stations have what riders report of them by now. */
  async renewMarks() {
    const { page } = this;
    const url = marksUrl();
    if (url && (await renewMarks(url, page.finder.feed.stations))) void page.update({ isNew: false });
  }

  /** Request the position again where the last one is old and no tap is needed for it: the rider has moved on. */
  async locateAgain() {
    const { finder } = this.page;
    const { point } = finder;
    if (!point?.fix || Date.now() - Math.max(point.fix.atMs, this.locatedAt) < MOVED_MS) return;
    this.locatedAt = Date.now();
    const found = await relocate(finder.translate);
    if (!found || finder.point !== point) return;
    this.page.from({ ...found, id: point.id, looked: point.looked });
    await this.page.update({ isNew: false });
    this.page.map.mark();
  }

  /**
   * Take newer stations where these are too old; a service worker may answer with its own at first.
   * @param {number} [maxAgeMs]
   */
  async renew(maxAgeMs = FRESH_MS) {
    const { finder } = this.page;
    if (Date.now() - finder.known.fetchedAt < maxAgeMs) return;
    const newest = await newestFeed().catch(() => null);
    if (!newest || newest.fetchedAt <= finder.known.fetchedAt) return;
    finder.take(newest);
    void this.page.update({ isNew: false });
  }
}
