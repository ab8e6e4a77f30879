/** The page of a station without a network, filled from the kept feed; the server's layout says what stands on it. */

import { isForAnyone, isForRiders, isInUse } from "../rider/filter_rules.js";
import { confirmedText, markText } from "../rider/marks.js";
import { reportsUrl } from "../reports/form_loader.js";
import { closureAt } from "./closures.js";
import { element, icon } from "../shared/dom.js";
import { directionsSection } from "./directions.js";
import { minuteAt, statusAt } from "../rider/hours.js";
import { section, text } from "./page_parts.js";
import { accessText, nameOf, presenceOf, reasonText, stateText, verifiedText } from "../shared/status_text.js";
import { hours } from "./timetable.js";

/**
 * @typedef {import("../rider/feed.js").Station} Station
 * @typedef {import("../shared/translate.js").Translate} Translate
 *
 * @typedef {object} Page
 * @property {Translate} translate
 * @property {string} lang
 * @property {string} home address of the finder
 * @property {import("../rider/feed.js").Feed} feed
 * @property {number} atMs
 * @property {readonly string[]} facilities every code that has a name
 * @property {readonly import("./map_links.js").MapLink[]} maps
 * @property {Layout} layout
 * @property {boolean} inChat
 * @property {import("../rider/journey.js").Journey} journey
 *
 * @typedef {{state: import("../rider/hours.js").State, text: string, remarks: string[]}} StatusText
 *
 * @typedef {{field: keyof Station, css_class: string, label: string}} Line
 * @typedef {{field: keyof Station, label: string, form: keyof typeof FACT_TEXTS}} Fact
 * @typedef {{sections: (keyof typeof SECTION_BUILDERS)[], lines: Line[], facts: Fact[]}} Layout as stationmap/web/pages/station_layout.py describes it
 */

/** What each section of the layout is made by; of `station_layout.SECTIONS`. */
const SECTION_BUILDERS = { place: directionsSection, hours, facilities, services, verified: checked };

/** How the value of a fact is written; of `station_layout.FactForm`. */
const FACT_TEXTS = {
  /** @type {Form} */
  text: (_, station, field) => `${station[field] ?? ""}`,
  /** @type {Form} */
  list: (translate, station, field) => /** @type {string[]} */ (station[field]).join(translate("list.separator")),
  /** @type {Form} */
  coordinates: (_, { lon, lat }) => [lon, lat].map((degrees) => degrees.toFixed(6)).join(", "),
};

/**
 * @typedef {(translate: Translate, station: Station, field: keyof Station) => string} Form
 */

/**
 * Return the parts of the page.
 * @param {Page} page
 * @param {Station} station
 * @returns {HTMLElement[]}
 */
export function sheetOf(page, station) {
  const { translate, lang, home, atMs } = page;
  const status = currentState(page, station);
  const access = isInUse(station) ? [translate(`who.${station.access.who}`)] : [];
  const age = verifiedText(translate, station.verified, atMs);
  const mark = markText(translate, station, atMs);
  const line = [nameOf(lang, station), status.text, ...(mark ? [mark] : []), ...status.remarks, ...access, age].join(
    " · ",
  );
  const parts = [
    ...head(page, station, status),
    ...page.layout.sections.map((name) => SECTION_BUILDERS[name](page, station, line)),
    element(
      "p",
      { class: "onward" },
      element("a", { class: "button", href: `${home}?lang=${lang}#${station.id}` }, translate("station.on_map")),
    ),
  ];
  return parts.filter((part) => part !== null);
}

/**
 * @param {Page} page
 * @param {Station} station
 * @param {StatusText} status
 */
function head({ translate, lang, journey, atMs }, station, status) {
  const { note } = station.access;
  const warning = warningOf(translate, station);
  const mark = markText(translate, station, atMs);
  const state = element(
    "p",
    { class: `state is-${mark && status.state === "open" ? "unknown" : status.state}` },
    status.text,
    status.remarks.length ? element("small", {}, ` · ${status.remarks.join(" · ")}`) : null,
  );
  const way = {
    state,
    journey: element("p", { class: "journey", id: "journey", role: "status" }),
    ask: element("p", { class: "ask", id: "ask" }),
  };
  if (isInUse(station)) journey.show(way);
  return [
    element(
      "p",
      { class: "kicker" },
      icon(station.category),
      `${translate(`category.${station.category}`)} · ${translate(`district.${station.district}`)}`,
    ),
    element("h1", {}, text(nameOf(lang, station))),
    state,
    markLine(mark),
    isInUse(station)
      ? element(
          "p",
          { class: isForAnyone(station) ? "may-enter" : "may-enter is-doubtful" },
          accessText(translate, station.access),
          note ? " · " : null,
          note && text(note),
        )
      : null,
    ...(isInUse(station) ? [way.journey, way.ask] : []),
    warning ? element("p", { class: "warning" }, warning) : null,
    reportsUrl() ? reportButton(translate, station, nameOf(lang, station)) : null,
  ];
}

/**
 * Return the line about a mark, which the page has a place for where there is none.
 * @param {string} text
 */
function markLine(text) {
  return element("p", { class: "reported", id: "reported", role: "status", hidden: !text }, text);
}

/**
 * @param {Translate} translate
 * @param {Station} station
 * @param {string} name
 */
function reportButton(translate, { id }, name) {
  const button = {
    type: "button",
    class: "plain",
    "data-report": id,
    "data-name": name,
    "data-missing": translate("report.not_kept"),
  };
  return element("p", { class: "ask report" }, element("button", button, translate("report.button_long")));
}

/**
 * Say why not to go: nobody is there, or it is for others.
 * @param {Translate} translate
 * @param {Station} station
 */
function warningOf(translate, station) {
  const { who } = station.access;
  if (!isInUse(station)) return translate(`station.warning.${station.schedule.status}`);
  if (isForRiders(station)) return null;
  return translate(`station.warning.${who === "women" || who === "staff" ? who : "carnation"}`);
}

/**
 * @param {Page} page
 * @param {Station} station
 * @returns {StatusText}
 */
function currentState({ translate, feed, atMs }, { schedule }) {
  const minute = minuteAt(feed.start, atMs);
  const { reason, usual, caution, ...status } = statusAt(schedule, minute, feed.days);
  const closure = status.state === "closed" && !reason ? closureAt(schedule.closures, atMs) : undefined;
  const arrival = /** @type {import("../rider/filter_rules.js").Arrival} */ ({ ...status, reason: null });
  return {
    state: status.state,
    text: stateText(translate, arrival, minute, Date.parse(feed.start)),
    remarks: [
      reason && reasonText(translate, reason, usual),
      closure && translate("reason.closure"),
      caution && translate("caution.holiday_unstated"),
      closure?.[2],
    ].flatMap((remark) => remark || []),
  };
}

/**
 * @param {Page} page
 * @param {Station} station
 */
function facilities({ translate, facilities: codes }, { facilities: known }) {
  const title = translate("station.facilities");
  if (Object.keys(known).length === 0) return section(title, element("p", {}, translate("station.none_known")));
  const groups = ["yes", "no", "unknown"].flatMap((presence) => {
    const items = codes
      .filter((code) => presenceOf(known, code) === presence)
      .map((code) => element("li", { class: `is-${presence}` }, icon(presence), translate(`facility.${code}`)));
    const heading = element("h3", { class: "presence" }, translate(`tri.${presence}`));
    return items.length ? [heading, element("ul", { class: "facilities" }, ...items)] : [];
  });
  return section(title, ...groups);
}

/**
 * @param {Page} page
 * @param {Station} station
 */
function services({ translate }, { services: codes }) {
  const items = codes.map((code) => element("li", { class: "is-yes" }, translate(`service.${code}`)));
  return items.length ? section(translate("station.services"), element("ul", { class: "facilities" }, ...items)) : null;
}

/**
 * @param {Page} page
 * @param {Station} station
 */
function checked({ translate, atMs, layout }, station) {
  const { verified } = station;
  const check = [
    verifiedText(translate, verified, atMs),
    ...(verified ? [translate(`verified.by.${verified.by}`), verified.on] : []),
  ].join(" · ");
  const confirmed = confirmedText(translate, station);
  const rows = layout.facts.map(({ field, label, form }) => [
    translate(label),
    FACT_TEXTS[form](translate, station, field),
  ]);
  return section(
    translate("station.verified"),
    confirmed ? element("p", { class: "confirmed" }, confirmed) : null,
    element("p", {}, check, verified?.how ? " · " : null, verified?.how ? text(verified.how) : null),
    element(
      "dl",
      {},
      ...rows
        .filter(([, value]) => value)
        .map(([label, value]) => element("div", {}, element("dt", {}, label), element("dd", {}, text(value)))),
    ),
  );
}
