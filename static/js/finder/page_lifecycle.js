/** How the page is left and come back to: start and view wait for the rider, here or on the next page of this tab. */

import { keepFilters, leadToOtherLanguage } from "./filter_address.js";
import { listenToBack } from "./history_layers.js";
import { panel } from "./list.js";
import { restoreView, saveView } from "./saved_view.js";
import { handOver, takeHandedOver } from "../rider/handed_over.js";
import { byId } from "../shared/dom.js";

/**
 * Hand over and save what the next page needs whenever this one is left, and take it back where the rider stays.
 * @param {import("./page.js").Page} page
 */
export function watchLifecycle(page) {
  const { finder } = page;
  const language = document.getElementById("language");
  let isForNext = false;
  if (language instanceof HTMLAnchorElement)
    language.addEventListener("click", () => {
      leadToOtherLanguage(language);
      isForNext = true;
    });
  const leave = () => {
    handOver(finder.point, finder.filters.travel, finder.guide?.ways);
    saveView(viewOf(page), isForNext);
  };
  addEventListener("pagehide", leave);
  // The page itself has it still.
  const stay = () => {
    isForNext = false;
    takeHandedOver();
    restoreView();
  };
  addEventListener("pageshow", ({ persisted }) => persisted && stay());
  // A phone that needs its memory ends a page out of sight without a word.
  document.addEventListener("visibilitychange", () => (document.hidden ? leave() : stay()));
  listenToBack((missing) => {
    keepFilters(finder.filters); // chosen since that entry was made
    reopen(page, missing);
  });
}

/**
 * Look at what the rider looked at before.
 * @param {import("./page.js").Page} page
 * @param {import("./saved_view.js").ViewState} sight
 * @param {readonly string[]} open
 */
export function lookAgain(page, { rows, top, view }, open) {
  page.list.lengthen(rows);
  reopen(page, open);
  panel().scrollTop = top;
  if (view !== "list") page.view(view);
}

/**
 * Return what the rider looks at.
 * @param {import("./page.js").Page} page
 * @returns {import("./saved_view.js").ViewState}
 */
function viewOf({ list, map }) {
  const { view = "list" } = document.body.dataset;
  return { rows: list.length, top: panel().scrollTop, view, map: map.sight() };
}

/**
 * Open again what was open, the lowest first; a popup comes with the map.
 * @param {import("./page.js").Page} page
 * @param {readonly string[]} names
 */
function reopen(page, names) {
  if (names.includes("filters") && byId("filters").hidden) byId("filters-toggle").click();
  if (names.includes("route")) byId("along").click();
  if (names.includes("map")) page.view("map");
}
