/** One station of the answer, as a row of the list and as the popup on the map. */

import { isForAnyone, isGone, LONGEST_WAY_S } from "./choice.js";
import { element, icon } from "./dom.js";
import * as words from "./say.js";

/**
 * @typedef {import("./i18n.js").Words} Words
 * @typedef {import("./visits.js").Offer} Offer
 * @typedef {object} Context
 * @property {Words} say
 * @property {string} lang
 * @property {string | null} pages where the pages of stations are, null if there are none
 * @property {number} startMs
 * @property {number} minute
 * @property {number} atMs
 * @property {string} travel
 * @property {readonly string[]} asked the facilities asked for
 * @property {boolean} hasPoint whether distances are from a point the rider chose
 * @property {boolean} isRough whether that point is uncertain
 * @property {string | undefined} named the station whose own place that point is
 */

const GAP = "\u2002\u200b"; // without the second, no line would end before a question mark
const MARKS = { yes: "\u2713", unknown: "?", no: "\u2715" };
const MOST_KEPT = 200; // rows

/** What most riders look for, shown when nothing is asked for. */
const USUAL = ["drinking_water", "hot_water", "microwave", "phone_charging", "ebike_charging", "toilet"];

/**
 * Say how far a station is: about so far where either end of the way is uncertain, nothing where no way to it is known.
 * @param {Context} context
 * @param {Offer} offer
 */
export function distance(context, { station, metres }) {
  if (!hasWay(context, station)) return "";
  const { say } = context;
  const said = words.distance(say, metres);
  return isAbout(context, station) ? say("distance.about", { distance: said }) : said;
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

/** The rows of a list; one that would say the same again is the same element. */
export class Rows {
  /**
   * @param {(station: Offer["station"]) => void} onMap
   */
  constructor(onMap) {
    this.onMap = onMap;
    /** @type {Map<string, {said: string, station: Offer["station"], row: HTMLElement}>} */
    this.made = new Map();
  }

  /**
   * Return the row of an offer; null if it is not on the screen as it should be and must not be made.
   * @param {Context} context
   * @param {Offer} offer
   * @param {boolean} [make]
   * @returns {HTMLElement | null}
   */
  of(context, offer, make = true) {
    const { station } = offer;
    const known = this.made.get(station.id);
    if (!make && !known?.row.isConnected) return null;
    const texts = textsOf(context, offer);
    const said = JSON.stringify(texts);
    if (known?.said === said && known.station === station) return known.row;
    if (!make) return null;
    if (this.made.size > MOST_KEPT) this.made.clear();
    const row = rowOf(context, offer, texts, () => this.onMap(station));
    this.made.set(station.id, { said, station, row });
    return row;
  }
}

/**
 * Return what may change in the row of a station.
 * @param {Context} context
 * @param {Offer} offer
 */
function textsOf(context, offer) {
  const { say, asked, atMs } = context;
  return {
    metres: distance(context, offer),
    state: stateTexts(context, offer),
    verified: words.verified(say, offer.station.verified, atMs),
    asked,
  };
}

/**
 * @param {Context} context
 * @param {Offer} offer
 * @param {ReturnType<typeof textsOf>} texts
 * @param {() => void} onMap
 */
function rowOf(context, { station, visit }, texts, onMap) {
  const { say } = context;
  const label = `${say("list.show_on_map")}${say("list.colon")}${station.name}`;
  return element(
    "li",
    { class: "card", "data-id": station.id },
    element("span", { class: `marker is-${visit.state}` }, icon(station.category)),
    element(
      "div",
      { class: "card-main" },
      element("h2", {}, title(context, station)),
      element("p", { class: "card-state" }, ...texts.state.map(stated)),
      accessLine(say, station),
      knowledgeLine(context, station, texts.verified),
    ),
    element(
      "div",
      { class: "card-side" },
      element("strong", { class: "metres" }, texts.metres),
      element("button", { type: "button", class: "to-map", "aria-label": label, onclick: onMap }, icon("map")),
    ),
    isGone(station) ? null : facilities(context, station, USUAL),
  );
}

/**
 * Return what a station is and when that was last checked, marked if it is long ago.
 * @param {Context} context
 * @param {Offer["station"]} station
 * @param {string} verified
 */
function knowledgeLine({ say, atMs }, station, verified) {
  const kind = `${say(`category_short.${station.category}`)} · `;
  if (!words.isOld(station.verified, atMs)) return element("p", { class: "quiet" }, kind + verified);
  return element("p", { class: "quiet" }, kind, element("span", { class: "late" }, verified));
}

/**
 * Return the popup of a station; `metres` is left out where no point was chosen.
 * @param {Context} context
 * @param {Offer} offer
 */
export function popup(context, offer) {
  const { say } = context;
  const { station } = offer;
  const place = [station.address, station.directions].filter(Boolean).join(" · ");
  return element(
    "div",
    { class: "popup" },
    element("h2", {}, title(context, station)),
    element(
      "p",
      { class: "quiet" },
      [say(`category.${station.category}`), distance(context, offer)].filter(Boolean).join(" · "),
    ),
    element("p", { class: "card-state" }, ...stateTexts(context, offer).map(stated)),
    accessLine(say, station, station.access.note ? element("bdi", {}, ` · ${station.access.note}`) : null),
    place ? element("p", {}, element("bdi", {}, place)) : null,
    isGone(station) ? null : facilities(context, station, Object.keys(station.facilities)),
    element("p", { class: "quiet" }, words.verified(say, station.verified, context.atMs)),
    context.pages ? element("a", { class: "button", href: address(context, station.id) }, say("map.details")) : null,
  );
}

/**
 * @param {Context} context
 * @param {Offer["station"]} station
 */
function title(context, station) {
  const name = element("bdi", {}, words.nameOf(context.lang, station));
  return context.pages ? element("a", { href: address(context, station.id) }, name) : name;
}

/**
 * Return the parts of the line about the state, each with its class.
 * @param {Context} context
 * @param {Offer} offer
 * @returns {[string, string][]}
 */
function stateTexts(context, { station, visit }) {
  const { say, minute, startMs, travel } = context;
  const isOnWay = hasWay(context, station);
  const isNear = isOnWay && visit.seconds < LONGEST_WAY_S && !isGone(station);
  return [
    [`state is-${visit.state}`, words.state(say, visit, minute, startMs)],
    ...words.warnings(say, visit, isOnWay ? minute : null),
    ["", isNear ? words.duration(say, visit.seconds, travel, isAbout(context, station)) : ""],
  ];
}

/**
 * @param {[string, string]} part
 */
function stated([name, text]) {
  return text ? element("span", { class: name || null }, text) : null;
}

/**
 * Return who may enter and how; what is not for anyone is marked, and what is given up says nothing.
 * @param {Words} say
 * @param {Offer["station"]} station
 * @param {...(Node | null)} more
 */
function accessLine(say, station, ...more) {
  if (isGone(station)) return null;
  const { access } = station;
  const who = say(`who.${access.who}`);
  const how = (access.how ?? []).map((code) => ` · ${say(`how.${code}`)}`).join("");
  const said = isForAnyone(access) ? [who + how] : [element("strong", { class: "not-for-all" }, who), how];
  return element("p", { class: "card-access" }, ...said, ...more);
}

/**
 * Return what is there, asked for or usual.
 * @param {Context} context
 * @param {Offer["station"]} station
 * @param {readonly string[]} usual
 */
function facilities({ say, asked }, station, usual) {
  const codes = asked.length ? asked : usual;
  const labels = codes === USUAL ? "facility_short" : "facility";
  if (codes !== asked && Object.keys(station.facilities).length === 0)
    return element("p", { class: "facilities is-unknown" }, `? ${say("facility_state.none")}`);
  const known = codes.map((code) => ({ code, presence: presenceOf(station.facilities, code) }));
  // Read out as one sentence, shown as marks: a sentence for each would be more than half of the row's elements.
  const spoken = known.map(({ code, presence }) =>
    say(`facility_state.${presence}`, { facility: say(`facility.${code}`) }),
  );
  // One element for all that is there, one for all that is unknown, one for all that is not.
  const marks = Object.entries(MARKS).map(([wanted, mark]) => {
    const texts = known
      .filter(({ presence }) => presence === wanted)
      .map(({ code }) => `${mark}\u2060` + say(`${labels}.${code}`).replaceAll(" ", "\u00a0"));
    return texts.length
      ? element("span", { class: `is-${wanted}`, "aria-hidden": "true" }, `${texts.join(GAP)}${GAP}`)
      : null;
  });
  return element("p", { class: "facilities marks" }, element("span", { class: "hidden" }, spoken.join(say("list.separator"))), ...marks);
}

/**
 * @param {Record<string, boolean>} facilities
 * @param {string} code
 */
function presenceOf(facilities, code) {
  if (!Object.hasOwn(facilities, code)) return "unknown";
  return facilities[code] ? "yes" : "no";
}

/**
 * Return where the page of a station is.
 * @param {Context} context
 * @param {string} id
 */
export function address({ pages, lang }, id) {
  return `${pages}${encodeURIComponent(id)}${lang === "zh" ? "" : `?lang=${lang}`}`;
}
