/** How to find a station, and what to go there with. */

import { isForRiders, isGone } from "../rider/filter_rules.js";
import { element } from "../shared/dom.js";
import { linkTo } from "./map_links.js";
import { section, text } from "./page_parts.js";

/**
 * @typedef {import("../rider/feed.js").Station} Station
 * @typedef {import("../shared/translate.js").Words} Words
 * @typedef {import("./sheet.js").Page} Page
 */

/**
 * Return the section that leads to the door: the last metres in words, maps to go there with, and what to hand on.
 * @param {Page} page
 * @param {Station} station
 * @param {string} line the station in one line, to be shared
 */
export function directionsSection({ say, maps, inChat, layout }, station, line) {
  const { address, photo } = station;
  const answers = { "data-done": say("share.copied"), "data-failed": say("share.failed"), class: "plain" };
  const isFirst = (/** @type {number} */ at) => at === 0 && isForRiders(station) && !inChat;
  const isThere = !isGone(station);
  const links = maps.map((map, at) =>
    element(
      "li",
      { class: isFirst(at) && "is-first" },
      element(
        "a",
        { class: isFirst(at) ? "button" : "plain", rel: "noreferrer", href: linkTo(map, station) },
        say(`go.${map.code}`),
      ),
    ),
  );
  const made = section(
    say("station.place"),
    ...layout.lines.map(({ field, css_class, label }) => {
      const value = /** @type {string | null} */ (station[field]);
      return value && element("p", { class: css_class }, label && `${say(label)}${say("list.colon")}`, text(value));
    }),
    station.geocoded === "1" ? element("p", { class: "rough" }, say("station.geocoded")) : null,
    photo ? element("p", { class: "photo" }, pictured(say, photo)) : null,
    isThere && inChat ? element("p", { class: "warning" }, say("go.in_chat")) : null,
    isThere ? element("ul", { class: "maps", "aria-label": say("go.title") }, ...links) : null,
    element(
      "p",
      { class: "acts" },
      element("button", { type: "button", ...answers, "data-copy": address || station.name }, say("share.copy")),
      element("button", { type: "button", ...answers, "data-share": line }, say("share.share")),
      ...callsOf(station).map(([written, number]) => callable(say, written, number)),
    ),
    station.phone && !station.calls
      ? element("p", { class: "quiet" }, `${say("station.phone")}${say("list.colon")}`, text(station.phone))
      : null,
    element("p", { class: "said", id: "said", role: "status" }),
    isThere ? element("p", { class: "quiet", "data-kept": "" }, say("go.needs_network")) : null,
    isThere ? element("p", { class: "quiet" }, say("go.leaves")) : null,
  );
  made.classList.add("door");
  return made;
}

/**
 * Return what is said of each number of a station, and the number.
 * @param {Station} station
 * @returns {[text: string, number: string][]}
 */
function callsOf({ phone, calls }) {
  return typeof calls === "string" ? [[phone ?? "", calls]] : (calls ?? []);
}

/**
 * @param {Words} say
 * @param {string} written
 * @param {string} number
 */
function callable(say, written, number) {
  return element("a", { class: "plain", href: `tel:${number}` }, `${say("station.phone")} `, text(written));
}

/**
 * Return a link to a photo: another host learns who looks at it only then.
 * @param {Words} say
 * @param {string} photo
 */
function pictured(say, photo) {
  const { host } = new URL(photo);
  return element("a", { class: "plain", rel: "noreferrer", href: photo }, `${say("station.photo")} `, text(host));
}
