/** What is said above the list: where the answer is for, what was given up, what is uncertain, how old it all is. */

import { dataAge, pastOf } from "../rider/data_age.js";
import { distanceTo } from "../rider/offer_text.js";
import { isRecordOnlyDoubtful, isForAnyone, isInUse, isConfirmed, openingOf, relaxed } from "../rider/filter_rules.js";
import { aheadMs } from "../shared/clock.js";
import { unrecorded } from "./controls.js";
import { DOUBTS } from "../rider/doubts.js";
import { distanceText, stateText } from "../shared/status_text.js";

/**
 * Return the lines for a finder, empty ones among them; `trouble` is what failed and goes before the rest.
 * @param {import("./finder.js").Finder} finder
 * @param {string} trouble
 * @returns {string[]}
 */
export function noticesOf(finder, trouble) {
  const { translate, point, feed, filters, guide } = finder;
  const { dropped, hidden, offers } = finder.ranking;
  const atMs = Date.now();
  const age = dataAge(translate, finder.known.fetchedAt, atMs);
  if (trouble) return [trouble, ...(point ? [originNotice(finder, atMs), point.note ?? ""] : []), age];
  if (feed.count === 0) return [translate("list.empty"), age];
  const outside = finder.isOutside();
  const names = dropped.flatMap((name) => namesOf(translate, filters, name)).join(translate("list.separator"));
  const nowhere = unrecorded().join(translate("list.separator"));
  return [
    finder.isLost ? translate("where.lost") : "",
    guide?.isAlong ? "" : originNotice(finder, atMs),
    point?.note ?? "",
    ...(guide?.notices() ?? []),
    feed.tooLarge ? translate("where.privacy_sent") : "",
    outside
      ? translate("where.outside", { distance: distanceText(translate, offers[0]?.metres ?? finder.nearestM()) })
      : "",
    names ? translate("list.relaxed", { dropped: names }) : "",
    hidden && !outside && !guide?.isAlong ? translate("list.hidden", { count: hidden }) : "",
    nowhere ? translate("list.unrecorded", { names: nowhere }) : "",
    guide?.isAlong ? "" : certaintyNotice(finder),
    clockNotice(translate),
    age,
  ];
}

/**
 * Say where the answer begins: at a place, at the station the rider named, or where no point was chosen; where the rider
 * was a while ago is not where they are.
 * @param {import("./finder.js").Finder} finder
 * @param {number} atMs
 */
function originNotice({ translate, point, named, gazetteer }, atMs) {
  if (!point) return translate("where.unset", { place: gazetteer.heart?.name ?? "" });
  const past = pastOf(translate, point, atMs);
  if (named && !isInUse(named.station))
    return translate("where.named_out_of_use", {
      place: point.looked ?? point.name,
      status: translate(`reason.status_${named.station.schedule.status}`),
    });
  if (named && point.looked) return translate("where.named_from", { place: point.looked, from: past || point.name });
  if (past) return translate("where.from_past", { past });
  return translate(named ? "where.named" : "detail" in point ? "where.chosen" : "where.from", { place: point.name });
}

/**
 * Say by how much the device's clock is wrong; nothing where it is right, as far as is known.
 * @param {import("../shared/translate.js").Translate} translate
 */
function clockNotice(translate) {
  const minutes = Math.round(aheadMs() / 60_000);
  const count = Math.abs(minutes);
  if (!count) return "";
  const span =
    count < 60 ? translate("clock.minutes", { count }) : translate("clock.hours", { count: Math.round(count / 60) });
  return translate(minutes > 0 ? "clock.ahead" : "clock.behind", { span });
}

/**
 * Return what was given up by its name: each of the boxes ticked, or a switch.
 * @param {import("../shared/translate.js").Translate} translate
 * @param {import("../rider/filter_rules.js").Filters} filters
 * @param {string} name
 */
function namesOf(translate, filters, name) {
  const codes = filters[/** @type {keyof typeof filters} */ (name)];
  return Array.isArray(codes) ? codes.map((code) => translate(`${name}.${code}`)) : [translate(`filter.${name}`)];
}

const OF_CHECK = DOUBTS.never_verified | DOUBTS.verified_long_ago | DOUBTS.verified_by_rider;

/** @param {import("../rider/arrival.js").Offer} offer */
function isNeverChecked({ doubts }) {
  return doubts & DOUBTS.never_verified;
}

/**
 * Say how sure the first answer is: which nearer ones are less so, and where it is not itself, which is the nearest surer
 * one.
 * @param {import("./finder.js").Finder} finder
 */
function certaintyNotice(finder) {
  const { translate, filters, point, named, ranking } = finder;
  const { offers, passed, dropped, surer } = ranking;
  if ((named && isInUse(named.station)) || !offers.length || !isInUse(offers[0].station)) return "";
  const kept = relaxed(filters, dropped);
  if (isConfirmed(kept, offers[0])) return passed && point ? translate("list.passed", { count: passed }) : "";
  // Of a list that nobody has checked this is the most there is to say: it is no reason to stay away.
  if (!surer && openingOf(offers[0]) === "open" && offers.every(isNeverChecked)) return translate("list.never_checked");
  if (isRecordOnlyDoubtful(kept, offers[0])) return offers[0].doubts & OF_CHECK ? translate("list.unchecked") : "";
  if (!surer) return translate(passed ? "list.unsure_passed" : "list.unsure");
  const { station, arrival } = surer;
  const context = finder.context();
  const known = [
    distanceTo(context, surer),
    stateText(translate, arrival, context.minute, context.startMs),
    isForAnyone(station) ? "" : translate(`who.${station.access.who}`),
  ];
  const name = isConfirmed(kept, surer) ? "list.sure" : "list.surer";
  return translate(name, { known: known.filter(Boolean).join(translate("list.comma")) });
}
