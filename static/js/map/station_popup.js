/** The popup of a station on the map. */

import { isGone, isInUse } from "../rider/filter_rules.js";
import { facilityLine, fillFacilityLine } from "../rider/facility_line.js";
import { confirmedText } from "../rider/marks.js";
import { accessParts, effortOf, stateParts, stationUrl } from "../rider/offer_text.js";
import { element, setParts } from "../shared/dom.js";
import { nameOf, verifiedText } from "../shared/status_text.js";

/**
 * @typedef {import("../rider/offer_text.js").Context} Context
 * @typedef {import("../rider/arrival.js").Offer} Offer
 */

/**
 * Return the content of the popup; no distance stands in it where no point was chosen.
 * @param {Context} context
 * @param {Offer} offer
 */
export function stationPopup(context, offer) {
  const { translate, lang, pages } = context;
  const { station } = offer;
  const { access } = station;
  const entry = setParts(element("p", { class: "card-access" }), accessParts(translate, station));
  if (access.note && isInUse(station)) entry.append(element("bdi", {}, ` · ${access.note}`));
  const name = element("bdi", {}, nameOf(lang, station));
  const href = stationUrl(context, station.id);
  const place = [station.address, station.directions].filter(Boolean).join(" · ");
  const known = Object.keys(station.facilities);
  return element(
    "div",
    { class: "popup" },
    element("h2", {}, pages ? element("a", { href }, name) : name),
    element(
      "p",
      { class: "quiet" },
      [translate(`category.${station.category}`), effortOf(context, offer)].filter(Boolean).join(" · "),
    ),
    setParts(element("p", { class: "card-state" }), stateParts(context, offer)),
    entry,
    place ? element("p", {}, element("bdi", {}, place)) : null,
    isGone(station) ? null : fillFacilityLine(facilityLine(), context, station, known),
    element(
      "p",
      { class: "quiet" },
      [verifiedText(translate, station.verified, context.atMs), confirmedText(translate, station)]
        .filter(Boolean)
        .join(" · "),
    ),
    pages ? element("a", { class: "button", href }, translate("map.details")) : null,
  );
}
