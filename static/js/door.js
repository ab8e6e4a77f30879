/** How to find a station, and what to go there with. */

import { isForRiders, isGone } from "./choice.js";
import { element } from "./dom.js";
import { linkTo } from "./go.js";
import { section, text } from "./parts.js";

/**
 * @typedef {import("./feed.js").Station} Station
 * @typedef {import("./i18n.js").Words} Words
 * @typedef {import("./sheet.js").Page} Page
 */

/**
 * Return the section that leads to the door: the last metres in words, maps to go there with, and what to hand on.
 * @param {Page} page
 * @param {Station} station
 * @param {string} line the station in one line, to be shared
 */
export function door({ say, maps, inChat }, station, line) {
  const { directions, address, host, phone } = station;
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
    directions && element("p", { class: "directions" }, text(directions)),
    address && element("p", { class: "address" }, text(address)),
    host && element("p", { class: "quiet" }, `${say("station.host")}${say("list.colon")}`, text(host)),
    station.geocoded === "1" ? element("p", { class: "rough" }, say("station.geocoded")) : null,
    isThere && inChat ? element("p", { class: "warning" }, say("go.in_chat")) : null,
    isThere ? element("ul", { class: "maps", "aria-label": say("go.title") }, ...links) : null,
    element(
      "p",
      { class: "acts" },
      element("button", { type: "button", ...answers, "data-copy": address || station.name }, say("share.copy")),
      element("button", { type: "button", ...answers, "data-share": line }, say("share.share")),
      phone && callable(say, phone),
    ),
    element("p", { class: "said", id: "said", role: "status" }),
    isThere ? element("p", { class: "quiet" }, say("go.needs_network")) : null,
    isThere ? element("p", { class: "quiet" }, say("go.leaves")) : null,
  );
  made.classList.add("door");
  return made;
}

/**
 * @param {Words} say
 * @param {string} phone
 */
function callable(say, phone) {
  const href = `tel:${encodeURIComponent(phone.replace(/ /g, ""))}`;
  return element("a", { class: "plain", href }, `${say("station.phone")} `, text(phone));
}
