/** One station of the answer, as a row of the list and as the popup on the map. */

import { LONGEST_WAY_S } from "./choice.js";
import { element, icon } from "./dom.js";
import * as words from "./say.js";

/**
 * @typedef {import("./i18n.js").Words} Words
 * @typedef {import("./answer.js").Offer} Offer
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
 */

/** What most riders look for, shown when nothing is asked for. */
const USUAL = ["drinking_water", "hot_water", "microwave", "phone_charging", "ebike_charging", "toilet"];

/**
 * Return the row of an offer.
 * @param {Context} context
 * @param {Offer} offer
 * @param {(offer: Offer) => void} onMap
 */
export function row(context, offer, onMap) {
  const { say } = context;
  const { station, metres, visit } = offer;
  const toMap = element(
    "button",
    {
      type: "button",
      class: "to-map",
      "aria-label": `${say("list.show_on_map")}: ${station.name}`,
      onclick: () => onMap(offer),
    },
    icon("map"),
  );
  return element(
    "li",
    { class: "card", "data-id": station.id },
    element("span", { class: `marker is-${visit.state}` }, icon(station.category)),
    element(
      "div",
      { class: "card-main" },
      element("h2", {}, title(context, station)),
      element("p", { class: "card-state" }, ...stateLine(context, offer)),
      element("p", { class: "card-access" }, words.access(say, station.access)),
      element(
        "p",
        { class: "quiet" },
        `${say(`category_short.${station.category}`)} · ${words.verified(say, station.verified, context.atMs)}`,
      ),
    ),
    element(
      "div",
      { class: "card-side" },
      element("strong", { class: "metres" }, context.hasPoint ? words.distance(say, metres) : ""),
      toMap,
    ),
    context.asked.length
      ? facilities(say, station, context.asked, "facility")
      : facilities(say, station, USUAL, "facility_short"),
  );
}

/**
 * Return the popup of a station; `metres` is left out where no point was chosen.
 * @param {Context} context
 * @param {Offer} offer
 */
export function popup(context, offer) {
  const { say } = context;
  const { station, metres } = offer;
  const place = [station.address, station.directions].filter(Boolean).join(" · ");
  return element(
    "div",
    { class: "popup" },
    element("h2", {}, title(context, station)),
    element(
      "p",
      { class: "quiet" },
      `${say(`category.${station.category}`)}${context.hasPoint ? ` · ${words.distance(say, metres)}` : ""}`,
    ),
    element("p", { class: "card-state" }, ...stateLine(context, offer)),
    element(
      "p",
      { class: "card-access" },
      words.access(say, station.access),
      station.access.note ? element("bdi", {}, ` · ${station.access.note}`) : null,
    ),
    place ? element("p", {}, element("bdi", {}, place)) : null,
    facilities(say, station, context.asked.length ? context.asked : Object.keys(station.facilities), "facility"),
    element("p", { class: "quiet" }, words.verified(say, station.verified, context.atMs)),
    context.pages ? element("a", { class: "button", href: address(context, station.id) }, say("map.details")) : null,
  );
}

/**
 * @param {Context} context
 * @param {Offer["station"]} station
 */
function title(context, station) {
  const name = element("bdi", {}, (context.lang !== "zh" && station.name_en) || station.name);
  return context.pages ? element("a", { href: address(context, station.id) }, name) : name;
}

/**
 * @param {Context} context
 * @param {Offer} offer
 * @returns {HTMLElement[]}
 */
function stateLine({ say, minute, startMs, travel, hasPoint }, { visit }) {
  const parts = [element("span", { class: `state is-${visit.state}` }, words.state(say, visit, minute, startMs))];
  if (visit.state === "unknown" && visit.reason) parts.push(element("span", {}, say(`reason.${visit.reason}`)));
  if (visit.inTime === false && hasPoint) parts.push(element("span", { class: "late" }, say("state.not_in_time")));
  if (hasPoint && visit.seconds < LONGEST_WAY_S)
    parts.push(element("span", {}, words.duration(say, visit.seconds, travel)));
  if (visit.caution) parts.push(element("span", { class: "caution" }, say("caution.holiday_unstated")));
  return parts;
}

/**
 * @param {Words} say
 * @param {Offer["station"]} station
 * @param {readonly string[]} codes
 * @param {"facility" | "facility_short"} labels
 */
function facilities(say, station, codes, labels) {
  const known = codes.map((code) => ({ code, presence: presenceOf(station.facilities, code) }));
  // Read out as one sentence, shown as marks: a sentence for each would be more than half of the row's elements.
  const spoken = known.map(({ code, presence }) =>
    say(`facility_state.${presence}`, { facility: say(`facility.${code}`) }),
  );
  const marks = known.map(({ code, presence }) =>
    element("span", { class: `is-${presence}`, "aria-hidden": "true" }, say(`${labels}.${code}`)),
  );
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
