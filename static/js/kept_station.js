/** The page of a station while the server does not answer: what this device has kept, and the server's page as soon as it comes. */

import { dataAge } from "./age.js";
import { byId } from "./dom.js";
import { feedOf } from "./feed.js";
import { wordsOf } from "./i18n.js";
import { asked, latest } from "./keep.js";
import { resource } from "./resource.js";
import { nameOf, sheetOf } from "./sheet.js";

/** @typedef {{feed: import("./feed.js").Feed, station: import("./feed.js").Station, fetchedAt: number}} Kept */

const FACILITY = "facility.";
const { lang = "zh", pages = "", feed: feedUrl = "", inChat } = document.body.dataset;

async function main() {
  const catalogue = await resource("words");
  const say = wordsOf(catalogue);
  const kept = await keptStation().catch(() => null);
  let reach = 0;
  const seek = async () => {
    const mine = ++reach;
    const age = kept ? dataAge(say, kept.fetchedAt, Date.now()) : "";
    tell(say(kept ? "station.weak" : "station.waiting"), age);
    const isThere = await serverAnswers();
    if (mine !== reach) return;
    if (isThere && !kept) return location.reload(); // there is nothing here to go on reading
    tell(say(isThere ? "station.reached" : kept ? "station.offline" : "station.not_kept"), age);
    again.classList.toggle("button", isThere);
    again.textContent = say(isThere ? "station.newest" : "app.retry");
  };
  const again = byId("again");
  again.hidden = false;
  again.addEventListener("click", () => location.reload());
  addEventListener("online", () => void seek());
  void seek();
  if (!kept) return;
  const maps = await resource("maps");
  const codes = Object.keys(catalogue).filter((key) => key.startsWith(FACILITY));
  const facilities = codes.map((key) => key.slice(FACILITY.length));
  document.title = `${nameOf(lang, kept.station)} · ${say("app.name")}`;
  const page = { say, lang, feed: kept.feed, atMs: Date.now(), facilities, maps, inChat: inChat !== undefined };
  byId("sheet").append(...sheetOf(page, kept.station));
}

/**
 * Return the station of the address as this device has kept it: in the feed, or from a visit to its page.
 * @returns {Promise<Kept | null>}
 */
async function keptStation() {
  const id = decodeURIComponent(location.pathname.slice(pages.length));
  const visited = () => asked(`${location.pathname}/feed`, feedOf);
  for (const source of [() => latest(feedUrl, feedOf), visited]) {
    const { feed, fetchedAt } = await source().catch(() => ({ feed: null, fetchedAt: 0 }));
    const station = feed?.stations.find((found) => found.id === id);
    if (feed && station) return { feed, station, fetchedAt };
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

/** @param {...string} texts */
function tell(...texts) {
  byId("notice").textContent = texts.filter(Boolean).join(" ");
}

void main();
