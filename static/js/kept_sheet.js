/** A station as this device has kept it, on the screen while the server does not answer. */

import { dataAge } from "./age.js";
import { feedOf } from "./feed.js";
import { wordsOf } from "./i18n.js";
import { asked, latest, load } from "./keep.js";
import { resource } from "./resource.js";
import { nameOf, sheetOf } from "./sheet.js";

/**
 * @typedef {{feed: import("./feed.js").Feed, station: import("./feed.js").Station, fetchedAt: number}} Kept
 * @typedef {object} Shell what the kept page of a station has before a station is on it (templates/kept_station.html)
 * @property {HTMLElement} sheet
 * @property {DOMStringMap} site what the page says of its server
 * @property {readonly import("./go.js").MapLink[]} maps
 */

const FACILITY = "facility.";

/**
 * Return the shell that a kept page holds.
 * @param {Document} page
 * @returns {Shell}
 */
export function shellOf(page) {
  const sheet = page.getElementById("sheet");
  if (!sheet) throw new Error("this is no kept page");
  return { sheet, site: page.body.dataset, maps: JSON.parse(page.getElementById("maps")?.textContent ?? "[]") };
}

/**
 * Put the station of the address on the sheet, and say whether the server answers by now.
 * @param {Shell} shell
 */
export async function fill({ sheet, site, maps }) {
  const { lang = "zh", pages = "", feed: feedUrl = "", inChat } = site;
  const catalogue = await resource("words");
  const say = wordsOf(catalogue);
  const kept = await keptStation(pages, feedUrl).catch(() => null);
  const again = /** @type {HTMLElement} */ (sheet.querySelector("#again"));
  /** @param {...string} texts */
  const tell = (...texts) => {
    /** @type {HTMLElement} */ (sheet.querySelector("#reach")).textContent = texts.filter(Boolean).join(" ");
  };
  let reach = 0;
  let isThere = false;
  const seek = async () => {
    const mine = ++reach;
    const age = kept ? dataAge(say, kept.fetchedAt, Date.now()) : "";
    tell(say(kept ? "station.weak" : "station.waiting"), age);
    const answers = await serverAnswers();
    if (mine !== reach || !sheet.isConnected) return;
    isThere = answers;
    if (isThere && !kept) return location.reload(); // there is nothing here to go on reading
    tell(say(isThere ? "station.reached" : kept ? "station.offline" : "station.not_kept"), age);
    again.classList.toggle("button", isThere);
    again.textContent = say(isThere ? "station.newest" : "app.retry");
  };
  again.hidden = false;
  again.addEventListener("click", () => (isThere ? location.reload() : void seek()));
  addEventListener("online", () => sheet.isConnected && void seek());
  void seek();
  if (!kept) return;
  const codes = Object.keys(catalogue).filter((key) => key.startsWith(FACILITY));
  const facilities = codes.map((key) => key.slice(FACILITY.length));
  document.title = `${nameOf(lang, kept.station)} · ${say("app.name")}`;
  const page = { say, lang, feed: kept.feed, atMs: Date.now(), facilities, maps, inChat: inChat !== undefined };
  sheet.append(...sheetOf(page, kept.station));
}

/**
 * Return the station of the address as this device has kept it: in the feed, or from a visit to its page.
 * @param {string} pages
 * @param {string} feedUrl
 * @returns {Promise<Kept | null>}
 */
async function keptStation(pages, feedUrl) {
  const id = decodeURIComponent(location.pathname.slice(pages.length));
  const sources = [
    ...(navigator.serviceWorker ? [] : [keptHere]), // nobody else answers at once where the signal is too weak
    () => latest(feedUrl, feedOf),
    () => asked(`${location.pathname}/feed`, feedOf),
  ];
  for (const source of sources) {
    const { feed, fetchedAt } = await source().catch(() => ({ feed: null, fetchedAt: 0 }));
    const station = feed?.stations.find((found) => found.id === id);
    if (feed && station) return { feed, station, fetchedAt };
  }
  return null;
}

/** Return the feed this page has kept itself. */
async function keptHere() {
  const kept = await load();
  if (!kept) throw new Error("nothing is kept here");
  return { feed: feedOf(kept.document), fetchedAt: kept.fetchedAt };
}

/** Tell whether the server answers for this page, however late: the service worker hands on what it still waits for. */
async function serverAnswers() {
  try {
    return (await fetch(location.href)).status < 500;
  } catch {
    return false;
  }
}
