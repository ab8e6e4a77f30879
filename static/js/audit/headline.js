/** What the page says first: who is served, who is not, and by which stations. */

import * as words from "./figure_text.js";
import { byId, element } from "../shared/dom.js";

/**
 * @param {import("../shared/translate.js").Translate} translate
 * @param {import("./figures/coverage.js").Figures} total of all districts
 * @param {import("./figures/supply.js").Supply} supply
 */
export function showHeadline(translate, { sure, possible, people }, supply) {
  byId("share").textContent = words.shares(translate, sure.share, possible.share);
  byId("headline").textContent = headline(translate, { sure, possible, people });
  byId("counting").textContent = translate("audit.page.counting", {
    sure: supply.sure.length,
    possible: supply.possible.length,
  });
  const [isDoubt, count] = [!supply.sure.length && supply.possible.length > 0, words.whole(supply.possible.length)];
  byId("doubt").textContent = isDoubt ? translate("audit.page.all_possible", { count }) : "";
}

/**
 * Name the stations that closures shut that day.
 * @param {import("../shared/translate.js").Translate} translate
 * @param {import("./figures/supply.js").Supply} supply
 * @param {{id: string, name: string}[]} stations
 */
export function showShut(translate, { shut }, stations) {
  byId("shut").hidden = !shut.length;
  byId("shut-count").textContent = translate("audit.page.shut", { count: words.whole(shut.length) });
  const link = (/** @type {number} */ row) =>
    element("a", { href: `/s/${encodeURIComponent(stations[row].id)}` }, element("bdi", {}, stations[row].name));
  byId("shut-names").replaceChildren(...shut.map((row) => element("li", {}, link(row))));
}

/**
 * Return who is served, and how far the way to the nearest station is, if there is one.
 * @param {import("../shared/translate.js").Translate} translate
 * @param {Pick<import("./figures/coverage.js").Figures, "sure" | "possible" | "people">} total
 */
export function headline(translate, { sure, possible, people }) {
  const wayText = (/** @type {"meanM" | "p50M" | "p90M"} */ name) =>
    words.ways(translate, sure[name] ?? possible[name], possible[name], people);
  const key = possible.meanM === null ? "way_none" : sure.meanM === null ? "way_possible" : "way";
  return translate("audit.page.headline", {
    served: words.both(sure.people, possible.people, words.people),
    people: words.people(people),
    area: words.shares(translate, sure.areaShare, possible.areaShare),
    way: translate(`audit.page.${key === "way_none" ? key : words.inUnit(key)}`, {
      mean: wayText("meanM"),
      p50: wayText("p50M"),
      p90: wayText("p90M"),
    }),
  });
}
