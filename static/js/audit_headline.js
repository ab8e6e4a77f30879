/** What the page says first: who is served, who is not, and by which stations. */

import * as words from "./audit_words.js";
import { byId } from "./dom.js";

/**
 * @param {import("./i18n.js").Words} say
 * @param {import("./audit_figures.js").Figures} total of all districts
 * @param {{sure: number[], possible: number[]}} supply
 */
export function showHeadline(say, { sure, possible, people }, supply) {
  byId("share").textContent = words.both(sure.share, possible.share, words.percent);
  byId("headline").textContent = say("audit.page.headline", {
    served: words.both(sure.people, possible.people, words.people),
    people: words.people(people),
    area: words.both(sure.areaShare, possible.areaShare, words.percent),
    mean: words.both(sure.meanM, possible.meanM, words.whole),
    p50: words.both(sure.p50M, possible.p50M, words.whole),
    p90: words.both(sure.p90M, possible.p90M, words.whole),
  });
  byId("counting").textContent = say("audit.page.counting", { sure: supply.sure.length, possible: supply.possible.length });
}
