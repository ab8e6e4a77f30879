/** One station of the answer, as a row of the list and as the popup on the map. */

import { isForAnyone, isGone, isInUse, openingOf } from "./filter_rules.js";
import { element, setChildren, icon, setAttribute, setParts, setText } from "../shared/dom.js";
import { DOUBTS } from "./doubts.js";
import {
  warnings,
  distanceText,
  durationText,
  nameOf,
  presenceOf,
  stateText,
  verifiedText,
} from "../shared/status_text.js";
import RULES from "../../rules.json" with { type: "json" };

/**
 * @typedef {import("../shared/translate.js").Words} Words
 * @typedef {import("./arrival.js").Offer} Offer
 * @typedef {import("../shared/dom.js").Part} Part
 * @typedef {object} Context
 * @property {Words} say
 * @property {string} lang
 * @property {string | null} pages where the pages of stations are, null if there are none
 * @property {number} startMs
 * @property {number} minute
 * @property {number} atMs
 * @property {string} travel
 * @property {readonly string[]} selected the facilities the rider filters by
 * @property {boolean} hasPoint whether distances are from a point the rider chose
 * @property {boolean} isRough whether that point is uncertain
 * @property {string} past how long ago the rider was there, where that is a while
 * @property {string | undefined} named the station whose own place that point is
 */

const GAP = "\u2002\u200b"; // without the second, no line would end before a question mark
const MARKS = { yes: "\u2713", unknown: "?", no: "\u2715" };

/** What most riders look for, shown where no facility is selected. */
const USUAL = RULES.usual_facilities;

/**
 * Say how far a station is: about so far where either end of the way is uncertain, nothing where no way to it is known.
 * @param {Context} context
 * @param {Offer} offer
 */
export function distanceTo(context, { station, metres }) {
  if (!hasWay(context, station)) return "";
  const { say } = context;
  const distance = distanceText(say, metres);
  return isAbout(context, station) ? say("distance.about", { distance }) : distance;
}

/**
 * Tell whether the way to a station is only about right: from a rough position, or to a point worked out from an address.
 * @param {Context} context
 * @param {Offer["station"]} station
 */
function isAbout({ isRough }, { geocoded }) {
  return isRough || geocoded === "1";
}

/**
 * Tell whether the way to a station is known: not before a point was chosen, nor where that point is the station itself,
 * as who named it need not be there.
 * @param {Context} context
 * @param {Offer["station"]} station
 */
export function hasWay({ hasPoint, named }, { id }) {
  return hasPoint && id !== named;
}

/** A row of the list; what it shows may change, its elements stay. */
export class Row {
  /**
   * @param {boolean} hasPage whether stations have pages
   * @param {(station: Offer["station"]) => void} onMap
   */
  constructor(hasPage, onMap) {
    /** @type {Offer["station"] | null} */
    this.station = null;
    this.marker = element("span");
    this.metres = element("strong", { class: "metres" });
    this.name = element("bdi");
    this.link = hasPage ? element("a", {}, this.name) : null;
    this.state = element("p", { class: "card-state" });
    this.access = element("p", { class: "card-access" });
    this.knowledge = element("p", { class: "quiet" });
    const showOnMap = () => this.station && onMap(this.station);
    this.toMap = element("button", { type: "button", class: "to-map", onclick: showOnMap }, icon("map"));
    this.facilities = facilityLine();
    this.element = element(
      "li",
      { class: "card" },
      this.marker,
      this.metres,
      element("h2", {}, this.link ?? this.name),
      this.toMap,
      this.state,
      this.access,
      this.knowledge,
      this.facilities,
    );
  }

  /**
   * Show an offer, whatever was shown before.
   * @param {Context} context
   * @param {Offer} offer
   */
  show(context, offer) {
    const { say, lang } = context;
    const { station } = offer;
    if (this.station?.category !== station.category) setChildren(this.marker, [icon(station.category)]);
    this.station = station;
    setAttribute(this.element, "data-id", station.id);
    setAttribute(this.marker, "class", `marker is-${openingOf(offer)}`);
    setText(this.metres, distanceTo(context, offer));
    setText(this.name, nameOf(lang, station));
    if (this.link) setAttribute(this.link, "href", address(context, station.id));
    setAttribute(this.toMap, "aria-label", `${say("list.show_on_map")}${say("list.colon")}${nameOf(lang, station)}`);
    setParts(this.state, stateParts(context, offer));
    setParts(this.access, accessParts(say, station));
    setParts(this.knowledge, knowledgeParts(context, offer));
    this.facilities.hidden = isGone(station);
    if (!isGone(station)) tellFacilities(this.facilities, context, station, USUAL);
  }
}

/**
 * Return what a station is and when that was last checked, marked if it is long ago.
 * @param {Context} context
 * @param {Offer} offer
 * @returns {Part[]}
 */
function knowledgeParts(context, offer) {
  const { say, atMs } = context;
  const { category, verified } = offer.station;
  const [late, ...others] = doubtsOfRecord(context, offer);
  return [
    ["", `${say(`category_short.${category}`)} · `],
    [late[1] && "late", verifiedText(say, verified, atMs)],
    ...others.map(([name, text]) => /** @type {Part} */ ([name, text && ` · ${text}`])),
  ];
}

/**
 * Return what is doubtful of how well a record is kept; empty texts among it.
 * @param {Context} context
 * @param {Offer} offer
 * @returns {[Part, Part, Part]}
 */
export function doubtsOfRecord({ say, atMs }, { station, doubts }) {
  const { never_verified: never, verified_long_ago: old, verified_by_rider: byRider, geocoded } = DOUBTS;
  return [
    ["late", doubts & (never | old) ? verifiedText(say, station.verified, atMs) : ""],
    ["", doubts & byRider ? say("doubt.verified_by_rider") : ""],
    ["", doubts & geocoded ? say("doubt.geocoded") : ""],
  ];
}

/**
 * Return the popup of a station; `metres` is left out where no point was chosen.
 * @param {Context} context
 * @param {Offer} offer
 */
export function popup(context, offer) {
  const { say, lang, pages } = context;
  const { station } = offer;
  const { access } = station;
  const entry = setParts(element("p", { class: "card-access" }), accessParts(say, station));
  if (access.note && isInUse(station)) entry.append(element("bdi", {}, ` · ${access.note}`));
  const name = element("bdi", {}, nameOf(lang, station));
  const href = address(context, station.id);
  const place = [station.address, station.directions].filter(Boolean).join(" · ");
  const known = Object.keys(station.facilities);
  return element(
    "div",
    { class: "popup" },
    element("h2", {}, pages ? element("a", { href }, name) : name),
    element(
      "p",
      { class: "quiet" },
      [say(`category.${station.category}`), distanceTo(context, offer)].filter(Boolean).join(" · "),
    ),
    setParts(element("p", { class: "card-state" }), stateParts(context, offer)),
    entry,
    place ? element("p", {}, element("bdi", {}, place)) : null,
    isGone(station) ? null : tellFacilities(facilityLine(), context, station, known),
    element("p", { class: "quiet" }, verifiedText(say, station.verified, context.atMs)),
    pages ? element("a", { class: "button", href }, say("map.details")) : null,
  );
}

/**
 * Return the parts of the line about the state.
 * @param {Context} context
 * @param {Offer} offer
 * @returns {Part[]}
 */
function stateParts(context, offer) {
  const { say, minute, startMs } = context;
  const { station, arrival } = offer;
  return [
    [`state is-${openingShown(context, offer)}`, stateText(say, arrival, minute, startMs)],
    ...warnings(say, arrival, hasWay(context, station) ? minute : null),
    ...wayParts(context, offer),
  ];
}

/**
 * Return the state a station is shown in: what is open now has the colour of what the rider finds on arrival.
 * @param {Context} context
 * @param {Offer} offer
 */
export function openingShown(context, offer) {
  const { station, arrival } = offer;
  return arrival.state === "open" && hasWay(context, station) ? openingOf(offer) : arrival.state;
}

/**
 * Return how long the way takes, and how long ago it began there, where that is a while.
 * @param {Context} context
 * @param {Offer} offer
 * @returns {Part[]}
 */
export function wayParts(context, { station, arrival }) {
  const { say, travel, past } = context;
  if (!hasWay(context, station) || arrival.seconds >= RULES.max_wait_s || isGone(station)) return [];
  /** @type {Part[]} */
  const parts = [
    ["", durationText(say, arrival.seconds, travel, isAbout(context, station))],
    ["late", past],
  ];
  return parts.filter(([, text]) => text);
}

/**
 * Return who may enter and how; what is not for anyone is marked, and where nobody is there nothing is said.
 * @param {Words} say
 * @param {Offer["station"]} station
 * @returns {Part[]}
 */
function accessParts(say, station) {
  if (!isInUse(station)) return [];
  const { access } = station;
  const how = (access.how ?? []).map((code) => ` · ${say(`how.${code}`)}`).join("");
  return [
    [isForAnyone(station) ? "" : "not-for-all", say(`who.${access.who}`)],
    ["", how],
  ];
}

/** Return the line of what is there: read out as one sentence, shown as marks. */
function facilityLine() {
  return element(
    "p",
    { class: "facilities marks" },
    element("span", { class: "hidden" }, ""), // a sentence for each would be more than half of the row's elements
    element("span", { "aria-hidden": "true" }),
  );
}

/**
 * Let a line say which of some facilities are there: of those selected, or of the usual ones.
 * @param {HTMLElement} line
 * @param {Context} context
 * @param {Offer["station"]} station
 * @param {readonly string[]} usual
 */
function tellFacilities(line, { say, selected }, station, usual) {
  const codes = selected.length ? selected : usual;
  const labels = codes === USUAL ? "facility_short" : "facility";
  const [spoken, marks] = line.children;
  if (codes !== selected && Object.keys(station.facilities).length === 0) {
    const nothing = say("facility_state.none");
    setText(spoken, nothing);
    setParts(marks, [["is-unknown", `? ${nothing}`]]);
    return line;
  }
  const known = codes.map((code) => ({ code, presence: presenceOf(station.facilities, code) }));
  const sentences = known.map(({ code, presence }) =>
    say(`facility_state.${presence}`, { facility: say(`facility.${code}`) }),
  );
  setText(spoken, sentences.join(say("list.separator")));
  /** @type {Part[]} one for all that is there, one for all that is unknown, one for all that is not */
  const parts = Object.entries(MARKS).map(([wanted, mark]) => {
    const texts = known
      .filter(({ presence }) => presence === wanted)
      .map(({ code }) => `${mark}\u2060${say(`${labels}.${code}`).replace(/ /g, "\u00a0")}${GAP}`);
    return [`is-${wanted}`, texts.join("")];
  });
  setParts(marks, parts);
  return line;
}

/**
 * Return where the page of a station is.
 * @param {Context} context
 * @param {string} id
 */
export function address({ pages, lang }, id) {
  return `${pages}${encodeURIComponent(id)}${lang === "zh" ? "" : `?lang=${lang}`}`;
}
