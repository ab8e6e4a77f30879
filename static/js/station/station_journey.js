/** The server's page of a station: with the way there for who is on it, and the same for everyone else. */

import { handedOver } from "../rider/handed_over.js";
import { learnServerTime } from "../shared/clock.js";
import { feedOnPage } from "./feed_on_page.js";
import { translatorOf } from "../shared/translate.js";
import { Journey } from "../rider/journey.js";
import { resource } from "../shared/resource.js";
import { MINUTE_MS } from "../shared/time_units.js";

const main = /** @type {HTMLElement} */ (document.querySelector("main[data-at]"));
/** @type {Journey | null} */
let journey = null;

/** Return the journey to this station; its words are fetched for who has one. */
async function made() {
  const translate = translatorOf(await resource("words"));
  const feed = feedOnPage(main);
  journey = journey || new Journey(translate, document.body.dataset, feed, feed.stations[0]);
  journey.changed = () => show(main);
  return journey;
}

/**
 * Tell the way on the page, or on what it is about to hold; where nobody is, nothing has a place for it.
 * @param {ParentNode} content
 */
function show(content) {
  const [state, way, ask] = [".state", "#journey", "#ask"].map(
    (one) => /** @type {HTMLElement} */ (content.querySelector(one)),
  );
  if (!ask) return;
  ask.hidden = false;
  if (journey) journey.show({ state, journey: way, ask });
}

/** Tell it where this tab knows of a start. */
function look() {
  if (!journey && handedOver())
    void made().then(
      () => show(main),
      () => null,
    );
  show(main);
}

/** Begin, where this is the server's page of a station. */
export function begin() {
  if (!main) return;
  main.addEventListener("renew", (event) => {
    const { detail: fresh } = /** @type {CustomEvent<HTMLElement>} */ (event);
    learnServerTime(Number(fresh.dataset.at), Date.now());
    if (journey) journey.take(feedOnPage(fresh));
    show(fresh);
  });
  main.addEventListener("click", ({ target }) => {
    if (target instanceof Element && target.closest("#ask button"))
      void made().then(
        (found) => found.locate(),
        () => null,
      );
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted && journey) journey.known = handedOver() || journey.known;
    look();
  });
  setInterval(look, MINUTE_MS);
  const [visit] = performance.getEntriesByType("navigation");
  // What the browser brings back from its own cache left the server long ago.
  if (/** @type {PerformanceNavigationTiming | undefined} */ (visit)?.type !== "back_forward")
    learnServerTime(Number(main.dataset.at), Date.now());
}
