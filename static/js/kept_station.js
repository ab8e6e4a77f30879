/** The page of a station without a network: what the kept feed says, in the layout of the server's page. */

import { dataAge } from "./age.js";
import { isForRiders } from "./choice.js";
import { byId, element, icon } from "./dom.js";
import { feedOf } from "./feed.js";
import { DAY_MIN, minuteAt, statusAt } from "./hours.js";
import { wordsOf } from "./i18n.js";
import { latest } from "./keep.js";
import { resource } from "./resource.js";
import * as words from "./say.js";
import { copy } from "./share.js";

/**
 * @typedef {import("./feed.js").Station} Station
 * @typedef {import("./i18n.js").Words} Words
 */

const WEEK_DAYS = 7;
const CODES = /** @type {const} */ ({ 1: "open", 2: "unknown" });

/**
 * @param {Words} say
 * @param {import("./feed.js").Feed} feed
 * @param {Station} station
 * @param {readonly string[]} codes every facility that has a name
 */
function sheetOf(say, feed, station, codes) {
  const at = Date.now();
  const minute = minuteAt(feed.start, at);
  const status = statusAt(station.schedule, minute, feed.days);
  const startMs = Date.parse(feed.start);
  const reason = status.state === "unknown" && status.reason ? ` ${say(`reason.${status.reason}`)}` : "";
  const kind = `${say(`category.${station.category}`)} · ${say(`district.${station.district}`)}`;
  const { lon, lat, address } = station;
  const said = element("p", { class: "said", role: "status" });
  const copied = async () => {
    said.textContent = say((await copy(address ?? station.name)) ? "share.copied" : "share.failed");
  };
  return [
    element("p", { class: "kicker" }, icon(station.category), kind),
    element("h1", {}, text((document.body.dataset.lang !== "zh" && station.name_en) || station.name)),
    element(
      "p",
      { class: `state is-${status.state}` },
      words.state(say, { ...status, seconds: 0, inTime: null }, minute, startMs) + reason,
    ),
    element("p", {}, words.access(say, station.access), station.access.note && text(` · ${station.access.note}`)),
    isForRiders(station) ? null : element("p", { class: "warning" }, say("station.rider_warning")),
    section(
      say("station.place"),
      station.directions && element("p", { class: "directions" }, text(station.directions)),
      address && element("p", {}, text(address)),
      element(
        "p",
        { class: "acts" },
        opensGeo() ? element("a", { class: "button", href: `geo:${lat},${lon}?q=${lat},${lon}` }, say("go.geo")) : null,
        element("button", { class: "plain", type: "button", onclick: () => void copied() }, say("share.copy")),
        station.phone &&
          element(
            "a",
            { class: "plain", href: `tel:${encodeURIComponent(station.phone.replaceAll(" ", ""))}` },
            `${say("station.phone")} `,
            text(station.phone),
          ),
      ),
      said,
    ),
    section(
      say("station.hours"),
      station.schedule.hours ? week(say, feed, station, minute) : say("station.hours_none"),
    ),
    section(say("station.facilities"), ...facilities(say, station, codes)),
    station.services.length
      ? section(say("station.services"), station.services.map((code) => say(`service.${code}`)).join(" · "))
      : null,
    section(say("station.verified"), words.verified(say, station.verified, at)),
  ];
}

/**
 * @param {Words} say
 * @param {import("./feed.js").Feed} feed
 * @param {Station} station
 * @param {number} minute
 */
function week(say, feed, { schedule }, minute) {
  const today = Math.floor(minute / DAY_MIN);
  const ahead = Array.from({ length: WEEK_DAYS }, (_, days) => today + days);
  const known = ahead.filter((day) => day >= 0 && day < feed.days);
  const rows = known.map((day) => {
    const [from, to] = [day * DAY_MIN, (day + 1) * DAY_MIN];
    const spans = schedule.stretches
      .filter(([start, end]) => start < to && end > from)
      .map(([start, end, code]) => spanOf(say, Math.max(start, from) - from, Math.min(end, to) - from, code));
    const date = new Date(Date.parse(feed.start) + (from + 480) * 60_000); // the stations' zone, read as UTC
    return element(
      "tr",
      { "aria-current": day === today && "date" },
      element(
        "th",
        { scope: "row" },
        `${say(`weekday.${(date.getUTCDay() + 6) % 7}`)} `,
        element("small", {}, `${date.getUTCMonth() + 1}/${date.getUTCDate()}`),
        day === today ? element("span", { class: "tag" }, say("station.today")) : null,
      ),
      element("td", {}, spans.join(" ") || say("state.closed")),
    );
  });
  return element("table", { class: "week" }, element("tbody", {}, ...rows));
}

/**
 * @param {Words} say
 * @param {number} from minutes of the day
 * @param {number} to
 * @param {number} code
 */
function spanOf(say, from, to, code) {
  const unknown = CODES[/** @type {1 | 2} */ (code)] !== "open";
  if (to - from === DAY_MIN) return say(unknown ? "station.unknown_all_day" : "station.all_day");
  return `${clock(from)}–${clock(to)}${unknown ? `(${say("station.unknown_span")})` : ""}`;
}

/** @param {number} minute */
function clock(minute) {
  return [minute / 60, minute % 60].map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");
}

/**
 * @param {Words} say
 * @param {Station} station
 * @param {readonly string[]} codes every facility that has a name
 */
function facilities(say, { facilities: known }, codes) {
  /** @param {string} code */
  const presenceOf = (code) => (Object.hasOwn(known, code) ? (known[code] ? "yes" : "no") : "unknown");
  return ["yes", "no", "unknown"].flatMap((presence) => {
    const items = codes
      .filter((code) => presenceOf(code) === presence)
      .map((code) => element("li", { class: `is-${presence}` }, icon(presence), say(`facility.${code}`)));
    const title = element("h3", { class: "presence" }, say(`tri.${presence}`));
    return items.length ? [title, element("ul", { class: "facilities" }, ...items)] : [];
  });
}

/**
 * @param {string} title
 * @param {...(Node | string | null)} content
 */
function section(title, ...content) {
  return element("section", {}, element("h2", {}, title), ...content.map((part) => part || null));
}

/** The only link that needs no network: a map on the phone. Not known to Apple, nor inside WeChat and QQ (links.py). */
function opensGeo() {
  const { userAgent } = navigator;
  return /Android|HarmonyOS/.test(userAgent) && !/MicroMessenger|QQ\//.test(userAgent);
}

/** @param {string} value */
function text(value) {
  return element("bdi", {}, value);
}

/** @param {Record<string, string>} catalogue */
function codesIn(catalogue) {
  const prefix = "facility.";
  return Object.keys(catalogue)
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length));
}

async function main() {
  const catalogue = await resource("words");
  const say = wordsOf(catalogue);
  const { pages = "", feed: url = "" } = document.body.dataset;
  const notice = byId("notice");
  try {
    const { feed, fetchedAt } = await latest(url, feedOf);
    const id = decodeURIComponent(location.pathname.slice(pages.length));
    const station = feed.stations.find((found) => found.id === id);
    if (!station) throw new Error(`no station ${id}`);
    notice.textContent = `${say("station.offline")} ${dataAge(say, fetchedAt, Date.now())}`;
    document.title = station.name;
    byId("sheet").append(...sheetOf(say, feed, station, codesIn(catalogue)).filter((part) => part !== null));
  } catch {
    notice.textContent = say("station.not_kept");
  }
  const again = () => location.reload();
  const retry = element("button", { type: "button", class: "plain", onclick: again }, say("app.retry"));
  byId("sheet").append(element("p", { class: "acts" }, retry));
}

void main();
