/** The page that finds the nearest usable station, begun: its words, feed and filters are brought together here. */

import { Finder } from "./finder.js";
import { watchLateParts } from "./late_parts.js";
import { Page } from "./page.js";
import { newestFeed } from "./page_feed.js";
import { replayTaps } from "./replay_taps.js";
import { filtersIn, queryToStartWith } from "../shared/address.js";
import { watchReports } from "../reports/form_loader.js";
import { actionButton, showNotice } from "../shared/notice.js";
import { resource } from "../shared/resource.js";
import { translatorOf } from "../shared/translate.js";

async function main() {
  const [translate, kept] = await Promise.all([resource("words").then(translatorOf), newestFeed().catch(() => null)]);
  try {
    if (!kept) throw new Error("there is no feed");
    const { travel: usual } = document.body.dataset;
    const filters = filtersIn(queryToStartWith(new URLSearchParams(location.search), usual), usual);
    const finder = new Finder(translate, document.body.dataset, filters, kept);
    const page = new Page(finder);
    page.start();
    watchReports();
    watchLateParts(page);
    replayTaps();
  } catch {
    replayTaps([]);
    showNotice(
      [translate("app.load_failed")],
      actionButton(translate("app.retry"), () => location.reload()),
    );
  }
}

// Without words for it, the line of the page says what to do.
main().catch(() => document.documentElement.classList.add("is-stuck"));
