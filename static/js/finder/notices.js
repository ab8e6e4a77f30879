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
  const { say, point, feed, filters } = finder;
  const { dropped, hidden, offers } = finder.ranking;
  const atMs = Date.now();
  const age = dataAge(say, finder.known.fetchedAt, atMs);
  if (trouble) return [trouble, ...(point ? [originNotice(finder, atMs), point.note ?? ""] : []), age];
  if (feed.count === 0) return [say("list.empty"), age];
  const outside = finder.isOutside();
  const names = dropped.flatMap((name) => namesOf(say, filters, name)).join(say("list.separator"));
  const nowhere = unrecorded().join(say("list.separator"));
  return [
    finder.isLost ? say("where.lost") : "",
    originNotice(finder, atMs),
    point?.note ?? "",
    feed.tooLarge ? say("where.privacy_sent") : "",
    outside ? say("where.outside", { distance: distanceText(say, offers[0]?.metres ?? finder.nearestM()) }) : "",
    names ? say("list.relaxed", { dropped: names }) : "",
    hidden && !outside ? say("list.hidden", { count: hidden }) : "",
    nowhere ? say("list.unrecorded", { names: nowhere }) : "",
    certaintyNotice(finder),
    clockNotice(say),
    age,
  ];
}

/**
 * Say where the answer begins: at a place, at the station the rider named, or where no point was chosen; where the rider
 * was a while ago is not where they are.
 * @param {import("./finder.js").Finder} finder
 * @param {number} atMs
 */
function originNotice({ say, point, named, gazetteer }, atMs) {
  if (!point) return say("where.unset", { place: gazetteer.heart?.name ?? "" });
  const past = pastOf(say, point, atMs);
  if (named && !isInUse(named.station))
    return say("where.named_out_of_use", {
      place: point.looked ?? point.name,
      status: say(`reason.status_${named.station.schedule.status}`),
    });
  if (named && point.looked) return say("where.named_from", { place: point.looked, from: past || point.name });
  if (past) return say("where.from_past", { past });
  return say(named ? "where.named" : "detail" in point ? "where.chosen" : "where.from", { place: point.name });
}

/**
 * Say by how much the device's clock is wrong; nothing where it is right, as far as is known.
 * @param {import("../shared/translate.js").Words} say
 */
function clockNotice(say) {
  const minutes = Math.round(aheadMs() / 60_000);
  const count = Math.abs(minutes);
  if (!count) return "";
  const span = count < 60 ? say("clock.minutes", { count }) : say("clock.hours", { count: Math.round(count / 60) });
  return say(minutes > 0 ? "clock.ahead" : "clock.behind", { span });
}

/**
 * Return what was given up by its name: each of the boxes ticked, or a switch.
 * @param {import("../shared/translate.js").Words} say
 * @param {import("../rider/filter_rules.js").Filters} filters
 * @param {string} name
 */
function namesOf(say, filters, name) {
  const codes = filters[/** @type {keyof typeof filters} */ (name)];
  return Array.isArray(codes) ? codes.map((code) => say(`${name}.${code}`)) : [say(`filter.${name}`)];
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
  const { say, filters, point, named, ranking } = finder;
  const { offers, passed, dropped, surer } = ranking;
  if ((named && isInUse(named.station)) || !offers.length || !isInUse(offers[0].station)) return "";
  const kept = relaxed(filters, dropped);
  if (isConfirmed(kept, offers[0])) return passed && point ? say("list.passed", { count: passed }) : "";
  // Of a list that nobody has checked this is the most there is to say: it is no reason to stay away.
  if (!surer && openingOf(offers[0]) === "open" && offers.every(isNeverChecked)) return say("list.never_checked");
  if (isRecordOnlyDoubtful(kept, offers[0])) return offers[0].doubts & OF_CHECK ? say("list.unchecked") : "";
  if (!surer) return say(passed ? "list.unsure_passed" : "list.unsure");
  const { station, arrival } = surer;
  const context = finder.context();
  const known = [
    distanceTo(context, surer),
    stateText(say, arrival, context.minute, context.startMs),
    isForAnyone(station) ? "" : say(`who.${station.access.who}`),
  ];
  const name = isConfirmed(kept, surer) ? "list.sure" : "list.surer";
  return say(name, { known: known.filter(Boolean).join(say("list.comma")) });
}
