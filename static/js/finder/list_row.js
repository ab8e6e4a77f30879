/** One station of the answer as a row of the list. */

import { isGone, openingOf } from "../rider/filter_rules.js";
import { facilityLine, fillFacilityLine, USUAL } from "../rider/facility_line.js";
import { confirmedText } from "../rider/marks.js";
import { accessParts, doubtsOfRecord, effortOf, stateParts, stationUrl } from "../rider/offer_text.js";
import { reportsUrl } from "../reports/form_loader.js";
import { element, icon, setAttribute, setChildren, setParts, setText } from "../shared/dom.js";
import { nameOf, verifiedText } from "../shared/status_text.js";

/**
 * @typedef {import("../rider/offer_text.js").Context} Context
 * @typedef {import("../rider/arrival.js").Offer} Offer
 * @typedef {import("../shared/dom.js").Part} Part
 */

/** A row of the list; what it shows may change, its elements stay. */
export class ListRow {
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
    this.report = reportsUrl() ? element("button", { type: "button", class: "to-report" }) : null;
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
      this.report,
    );
  }

  /**
   * Show an offer, whatever was shown before.
   * @param {Context} context
   * @param {Offer} offer
   */
  show(context, offer) {
    const { translate, lang } = context;
    const { station } = offer;
    if (this.station?.category !== station.category) setChildren(this.marker, [icon(station.category)]);
    this.station = station;
    setAttribute(this.element, "data-id", station.id);
    setAttribute(this.marker, "class", `marker is-${openingOf(offer)}`);
    setText(this.metres, effortOf(context, offer));
    setText(this.name, nameOf(lang, station));
    if (this.link) setAttribute(this.link, "href", stationUrl(context, station.id));
    setAttribute(
      this.toMap,
      "aria-label",
      `${translate("list.show_on_map")}${translate("list.colon")}${nameOf(lang, station)}`,
    );
    if (this.report) nameReportButton(this.report, context, station);
    setParts(this.state, stateParts(context, offer));
    setParts(this.access, accessParts(translate, station));
    setParts(this.knowledge, knowledgeParts(context, offer));
    this.facilities.hidden = isGone(station);
    if (!isGone(station)) fillFacilityLine(this.facilities, context, station, USUAL);
  }
}

/**
 * @param {HTMLElement} button
 * @param {Context} context
 * @param {Offer["station"]} station
 */
function nameReportButton(button, { translate, lang }, station) {
  const name = nameOf(lang, station);
  const title = translate("report.button");
  setText(button, title);
  setAttribute(button, "data-report", station.id);
  setAttribute(button, "data-name", name);
  setAttribute(button, "data-missing", translate("report.not_kept"));
  setAttribute(button, "aria-label", `${title}${translate("list.colon")}${name}`);
}

/**
 * Return what a station is and when that was last checked, marked if it is long ago.
 * @param {Context} context
 * @param {Offer} offer
 * @returns {Part[]}
 */
function knowledgeParts(context, offer) {
  const { translate, atMs } = context;
  const { category, verified } = offer.station;
  const [late, ...others] = doubtsOfRecord(context, offer);
  return [
    ["", `${translate(`category_short.${category}`)} · `],
    [late[1] && "late", verifiedText(translate, verified, atMs)],
    ...[...others, ["", confirmedText(translate, offer.station)]].map(
      ([name, text]) => /** @type {Part} */ ([name, text && ` · ${text}`]),
    ),
  ];
}
