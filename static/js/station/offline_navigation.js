/**
 * A station in place of the finder, where no service worker stands in for a server that does not answer: a link followed
 * then would end on the browser's own page, and the list would be gone.
 */

import { fill, shellOf } from "./kept_sheet.js";
import RULES from "../../rules.json" with { type: "json" };

const LOADED = 'link[href*="/css/station.css"], script[src*="/js/station.bundle.js"]';

/** Follow links to stations from now on only where the server answers. */
async function navigateOffline() {
  const { pages = "", lang = "zh" } = document.body.dataset;
  const page = await keptPage(`${pages}?lang=${lang}`);
  for (const found of page.querySelectorAll(LOADED)) document.head.append(copyOf(found));
  const place = new Place(shellOf(page));
  let taps = 0;
  document.addEventListener("click", async (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || !isFollowed(event) || !isStation(link, pages)) return;
    event.preventDefault();
    const tap = ++taps;
    const isThere = await answers(link.href);
    if (tap !== taps) return;
    if (isThere) return location.assign(link.href);
    history.pushState({ isKept: true }, "", link.href);
    place.show();
  });
  addEventListener("popstate", () => (history.state?.isKept ? place.show() : place.leave()));
}

/** Where the finder stands, or a station instead. */
class Place {
  /** @param {import("./kept_sheet.js").Shell} shell */
  constructor(shell) {
    this.shell = shell;
    this.finder = [...document.body.querySelectorAll("main, #views, .skip")].map(
      (part) => /** @type {HTMLElement} */ (part),
    );
    this.panel = /** @type {HTMLElement} */ (document.querySelector(".panel"));
    this.title = document.title;
    this.home = location.pathname;
    /** @type {HTMLElement | null} */
    this.sheet = null;
    /** @type {HTMLElement | null} */
    this.focused = null;
    this.scrolled = 0;
  }

  /** Show the station of the address. */
  show() {
    dispatchEvent(new Event("pagehide")); // as if the finder were left: it hands over where the rider is
    if (!this.sheet) {
      this.focused = /** @type {HTMLElement | null} */ (document.activeElement);
      this.scrolled = this.panel.scrollTop;
    }
    this.sheet?.remove();
    const sheet = /** @type {HTMLElement} */ (document.importNode(this.shell.sheet, true));
    this.sheet = sheet;
    for (const part of this.finder) part.hidden = true;
    document.body.classList.replace("page-finder", "page-station");
    document.body.dataset.query = this.shell.site.query; // of links that are shared
    document.querySelector(".top")?.after(sheet);
    sheet.tabIndex = -1;
    sheet.focus();
    scrollTo(0, 0);
    sheet.addEventListener("click", (event) => this.turn(event));
    void fill({ ...this.shell, sheet });
  }

  /** Show the finder again, as it was left. */
  leave() {
    if (!this.sheet) return;
    this.sheet.remove();
    this.sheet = null;
    dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })); // as if it came back
    document.body.classList.replace("page-station", "page-finder");
    delete document.body.dataset.query;
    for (const part of this.finder) part.hidden = false;
    document.title = this.title;
    this.panel.scrollTop = this.scrolled;
    this.focused?.focus({ preventScroll: true });
  }

  /**
   * Go back to the finder, which is still there, instead of asking the server for it.
   * @param {MouseEvent} event
   */
  turn(event) {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || !isFollowed(event) || link.origin !== location.origin || link.pathname !== this.home) return;
    event.preventDefault();
    const id = decodeURIComponent(link.hash.slice(1));
    const toMap = () =>
      /** @type {HTMLElement | null} */ (document.querySelector(`[data-id="${CSS.escape(id)}"] .to-map`));
    if (id) addEventListener("popstate", () => toMap()?.click(), { once: true });
    history.back();
  }
}

/**
 * Return the kept page of stations: without a network as the browser has it from before.
 * @param {string} url
 */
async function keptPage(url) {
  const answer = await fetch(url).catch(() => fetch(url, { cache: "force-cache" }));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/**
 * Return an element that loads what another would: a script that came with a parsed page never runs.
 * @param {Element} found
 */
function copyOf(found) {
  const made = document.createElement(found.localName);
  for (const { name, value } of found.attributes) made.setAttribute(name, value);
  return made;
}

/**
 * Tell whether the browser would open the link here.
 * @param {MouseEvent} event
 */
function isFollowed({ defaultPrevented, button, ctrlKey, metaKey, shiftKey, altKey }) {
  return !(defaultPrevented || button || ctrlKey || metaKey || shiftKey || altKey);
}

/**
 * @param {HTMLAnchorElement} link
 * @param {string} pages
 */
function isStation({ origin, pathname }, pages) {
  const id = pathname.startsWith(pages) ? pathname.slice(pages.length) : "";
  return origin === location.origin && id !== "" && !id.includes("/");
}

/**
 * Tell whether the server answers for a page before anyone is tired of waiting.
 * @param {string} url
 * @returns {Promise<boolean>}
 */
function answers(url) {
  if (!navigator.onLine) return Promise.resolve(false);
  const request = fetch(url, { method: "HEAD" }).then(({ status }) => status < 500);
  const tired = new Promise((resolve) => setTimeout(resolve, RULES.patience_ms, false));
  return Promise.race([request.catch(() => false), tired]);
}

void navigateOffline().catch(() => null); // nothing is kept yet: links lead where they always do
