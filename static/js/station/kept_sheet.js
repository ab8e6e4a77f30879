/** A station as this device has kept it, on the screen while the server does not answer. */

import { dataAge } from "../rider/data_age.js";
import { now } from "../shared/clock.js";
import { feedOf } from "../rider/feed.js";
import { renewMarks } from "../rider/marks.js";
import { marksUrl } from "../reports/form_loader.js";
import { translatorOf } from "../shared/translate.js";
import { Journey } from "../rider/journey.js";
import { fetchFeed, cachedFeed, latestFeed, within } from "../rider/feed_cache.js";
import { reloadOnce } from "./reload.js";
import { resource } from "../shared/resource.js";
import { nameOf } from "../shared/status_text.js";
import { sheetOf } from "./sheet.js";
import { replaceChanged } from "./replace_changed.js";
import { MINUTE_MS } from "../shared/time_units.js";

/**
 * @typedef {import("../rider/feed_cache.js").FetchedFeed & {station: import("../rider/feed.js").Station}} CachedStation
 * @typedef {object} Shell what the kept page of a station has before a station is on it (templates/kept_station.html)
 * @property {HTMLElement} sheet
 * @property {DOMStringMap} site what the page says of its server
 * @property {readonly import("./map_links.js").MapLink[]} maps
 * @property {import("./sheet.js").Layout} layout
 */

const FACILITY = "facility.";
const PATIENCE_MS = 5_000; // for reading what is kept on a slow phone; a server that hangs is not waited for

/**
 * Return the shell that a kept page holds.
 * @param {Document} page
 * @returns {Shell}
 */
export function shellOf(page) {
  const sheet = page.getElementById("sheet");
  if (!sheet) throw new Error("this is no kept page");
  const [maps, layout] = ["maps", "layout"].map((id) => JSON.parse(page.getElementById(id)?.textContent ?? "[]"));
  return { sheet, site: page.body.dataset, maps, layout };
}

/**
 * Put the station of the address on the sheet, as it is at each moment, and say whether the server answers by now.
 * @param {Shell} shell
 */
export async function fill({ sheet, site, maps, layout }) {
  const { lang = "zh", pages = "", feed: feedUrl = "", home = "/", inChat } = site;
  const { pathname } = location; // the visitor may go elsewhere meanwhile
  const catalogue = await resource("words");
  sheet.querySelector("#stuck")?.remove();
  const translate = translatorOf(catalogue);
  const kept = await cachedStation(pathname, pages, feedUrl).catch(() => null);
  if (!sheet.isConnected) return;
  const again = /** @type {HTMLElement} */ (sheet.querySelector("#again"));
  const reached = /** @type {HTMLElement} */ (sheet.querySelector("#reach"));
  let known = "station.waiting";
  const showReach = () => {
    const age = kept ? dataAge(translate, kept.fetchedAt, Date.now()) : "";
    const text = [translate(known), age].filter(Boolean).join(" ");
    if (reached.textContent !== text) reached.textContent = text;
  };
  let reach = 0;
  let isThere = false;
  const seek = async () => {
    const mine = ++reach;
    known = kept ? "station.weak" : "station.waiting";
    showReach();
    const answers = await serverAnswers();
    if (mine !== reach || !sheet.isConnected) return;
    isThere = answers;
    if (isThere && !kept && reloadOnce()) return; // there is nothing here to go on reading
    known = isThere ? "station.reached" : kept ? "station.offline" : "station.not_kept";
    showReach();
    again.classList.toggle("button", isThere);
    again.textContent = translate(isThere ? "station.newest" : "app.retry");
  };
  again.hidden = false;
  again.addEventListener("click", () => (isThere ? location.reload() : void seek()));
  const gone = new AbortController();
  addEventListener("online", () => void seek(), gone);
  void seek();
  if (!kept) return;
  const codes = Object.keys(catalogue).filter((key) => key.startsWith(FACILITY));
  const facilities = codes.map((key) => key.slice(FACILITY.length));
  document.title = `${nameOf(lang, kept.station)} · ${translate("app.name")}`;
  const { feed, station } = kept;
  const head = [...sheet.children];
  const journey = new Journey(translate, site, feed, station);
  const show = () => {
    if (!sheet.isConnected) return leave();
    const page = {
      journey,
      translate,
      lang,
      home,
      feed,
      atMs: now(),
      facilities,
      maps,
      layout,
      inChat: inChat !== undefined,
    };
    replaceChanged(sheet, [...head, ...sheetOf(page, station)]);
    showReach();
  };
  const url = marksUrl();
  const renew = () => {
    show();
    if (url && !document.hidden) void renewMarks(url, [station]).then((isNew) => isNew && show());
  };
  const timer = setInterval(renew, MINUTE_MS);
  const leave = () => {
    clearInterval(timer);
    gone.abort();
  };
  document.addEventListener("visibilitychange", renew, gone);
  journey.changed = show;
  sheet.addEventListener("click", ({ target }) => {
    if (target instanceof Element && target.closest("#ask button")) void journey.locate();
  });
  Object.assign(sheet.dataset, { id: station.id, lon: station.lon, lat: station.lat });
  renew();
}

/**
 * Return the station of a page as this device has kept it: in the feed, or from a visit to that page.
 * @param {string} pathname
 * @param {string} pages
 * @param {string} feedUrl
 * @returns {Promise<CachedStation | null>}
 */
async function cachedStation(pathname, pages, feedUrl) {
  const id = decodeURIComponent(pathname.slice(pages.length).replace(/\/+$/, ""));
  const sources = [
    ...(navigator.serviceWorker?.controller ? [] : [() => cachedFeed(feedOf)]), // nobody else answers at once
    () => latestFeed(feedUrl, feedOf),
    () => fetchFeed(`${pathname.replace(/\/+$/, "")}/feed`, feedOf),
  ];
  for (const source of sources) {
    const found = await within(PATIENCE_MS, source());
    const station = found?.feed.stations.find((one) => one.id === id);
    if (found && station) return { feed: found.feed, station, fetchedAt: found.fetchedAt };
  }
  return null;
}

/** Tell whether the server answers for this page, however late: the service worker hands on what it still waits for. */
async function serverAnswers() {
  try {
    return (await fetch(location.href)).status < 500;
  } catch {
    return false;
  }
}
