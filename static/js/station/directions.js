/** How to find a station, and what to go there with. */

import { isForRiders, isGone } from "../rider/filter_rules.js";
import { element } from "../shared/dom.js";
import { linkTo } from "./map_links.js";
import { section, text } from "./page_parts.js";

/**
 * @typedef {import("../rider/feed.js").Station} Station
 * @typedef {import("../shared/translate.js").Translate} Translate
 * @typedef {import("./sheet.js").Page} Page
 */

/**
 * Return the section that leads to the door: the last metres in words, maps to go there with, and what to hand on.
 * @param {Page} page
 * @param {Station} station
 * @param {string} line the station in one line, to be shared
 */
export function directionsSection({ translate, maps, inChat, layout }, station, line) {
  const { address, photo } = station;
  const answers = { "data-done": translate("share.copied"), "data-failed": translate("share.failed"), class: "plain" };
  const isFirst = (/** @type {number} */ at) => at === 0 && isForRiders(station) && !inChat;
  const isThere = !isGone(station);
  const links = maps.map((map, at) =>
    element(
      "li",
      { class: isFirst(at) && "is-first" },
      element(
        "a",
        { class: isFirst(at) ? "button" : "plain", rel: "noreferrer", href: linkTo(map, station) },
        translate(`go.${map.code}`),
      ),
    ),
  );
  const made = section(
    translate("station.place"),
    ...layout.lines.map(({ field, css_class, label }) => {
      const value = /** @type {string | null} */ (station[field]);
      return (
        value &&
        element("p", { class: css_class }, label && `${translate(label)}${translate("list.colon")}`, text(value))
      );
    }),
    station.geocoded === "1" ? element("p", { class: "rough" }, translate("station.geocoded")) : null,
    photo ? element("p", { class: "photo" }, pictured(translate, photo)) : null,
    isThere && inChat ? element("p", { class: "warning" }, translate("go.in_chat")) : null,
    isThere ? element("ul", { class: "maps", "aria-label": translate("go.title") }, ...links) : null,
    element(
      "p",
      { class: "acts" },
      element("button", { type: "button", ...answers, "data-copy": address || station.name }, translate("share.copy")),
      element("button", { type: "button", ...answers, "data-share": line }, translate("share.share")),
      ...callsOf(station).map(([written, number]) => callable(translate, written, number)),
    ),
    station.phone && !station.calls
      ? element("p", { class: "quiet" }, `${translate("station.phone")}${translate("list.colon")}`, text(station.phone))
      : null,
    element("p", { class: "said", id: "said", role: "status" }),
    isThere ? element("p", { class: "quiet", "data-kept": "" }, translate("go.needs_network")) : null,
    isThere ? element("p", { class: "quiet" }, translate("go.leaves")) : null,
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
 * @param {Translate} translate
 * @param {string} written
 * @param {string} number
 */
function callable(translate, written, number) {
  return element("a", { class: "plain", href: `tel:${number}` }, `${translate("station.phone")} `, text(written));
}

/**
 * Return a link to a photo: another host learns who looks at it only then.
 * @param {Translate} translate
 * @param {string} photo
 */
function pictured(translate, photo) {
  const { host } = new URL(photo);
  return element("a", { class: "plain", rel: "noreferrer", href: photo }, `${translate("station.photo")} `, text(host));
}
