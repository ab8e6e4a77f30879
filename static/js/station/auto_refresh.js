/** The page of a station, made anew by the server: what it said this morning may not hold at night. */

import { reloadOnce } from "./reload.js";
import { replaceChanged } from "./replace_changed.js";
import { MINUTE_MS } from "../shared/time_units.js";

const SEEN_AGAIN_MS = 60_000; // so old, it is renewed when it is looked at again
const LOOKED_AT_MS = 300_000; // and so old, while it is looked at
const KIND = "main[data-at]"; // what the server makes of a station, and nothing else
const RENEW = "renew";

/**
 * Keep the page true; `prepare` is called with every new content before it is seen.
 * @param {(content: ParentNode) => void} prepare
 * @returns {() => void} what makes it anew now
 */
export function refreshAutomatically(prepare) {
  const main = /** @type {HTMLElement | null} */ (document.querySelector(KIND));
  if (!main) return () => {};
  // A page that the browser brings back from its own cache is as old as the server says.
  let madeAt = Number(main.dataset.at);
  let isAsking = false;
  const look = async (/** @type {number} */ mostMs) => {
    if (isAsking || document.hidden || Math.abs(Date.now() - madeAt) < mostMs) return;
    isAsking = true;
    const fresh = await newest();
    isAsking = false;
    /** @type {HTMLElement} */ (main.querySelector("#stale")).hidden = fresh !== null;
    main.classList.toggle("is-stale", !fresh);
    if (!fresh) return;
    madeAt = Date.now();
    prepare(fresh);
    main.dispatchEvent(new CustomEvent(RENEW, { detail: fresh })); // who adds to the page adds to what comes, too
    main.dataset.reported = /** @type {HTMLElement} */ (fresh).dataset.reported;
    replaceChanged(main, [...fresh.children]);
  };
  const seen = () => void look(SEEN_AGAIN_MS);
  document.addEventListener("visibilitychange", seen);
  addEventListener("pageshow", seen);
  addEventListener("online", seen);
  setInterval(() => void look(LOOKED_AT_MS), MINUTE_MS);
  return () => void look(0);
}

/**
 * Return what the server makes of the station by now; null if it does not answer.
 * @returns {Promise<Element | null>}
 */
async function newest() {
  try {
    const answer = await fetch(location.href, { cache: "no-cache" });
    if (answer.status === 404) reloadOnce(); // it says why
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector(KIND);
    if (fresh) document.title = page.title;
    return fresh;
  } catch {
    return null;
  }
}
