/** When a station is open, as a table of the coming days. */

import { closureAt, closuresLeft, edgeText } from "./closures.js";
import { element } from "../shared/dom.js";
import { minuteAt } from "../rider/hours.js";
import { section, text } from "./page_parts.js";
import { week } from "./week.js";

/**
 * Return the section about opening: closures to come, the coming days, and what the register says.
 * @param {import("./sheet.js").Page} page
 * @param {import("../rider/feed.js").Station} station
 */
export function hours({ say, feed, atMs, lang }, { schedule, hours_source, calls }) {
  const left = closuresLeft(schedule.closures, atMs);
  const closures = left.map(([from, to, reason]) => {
    const end = to ? `– ${edgeText(say, to, atMs)}` : say("station.closure_open_end");
    const spoken = `${edgeText(say, from, atMs)} ${end}`;
    return element("li", {}, spoken, reason ? " · " : null, reason ? text(reason) : null);
  });
  const isNow = closureAt(left, atMs) !== undefined;
  const days = week(say, feed, schedule, minuteAt(feed.start, atMs), lang);
  return section(
    say("station.hours"),
    closures.length ? element("h3", {}, say(isNow ? "station.closures" : "station.closures_ahead")) : null,
    closures.length ? element("ul", { class: "closures" }, ...closures) : null,
    ...(schedule.hours
      ? [
          element(
            "table",
            { class: "week" },
            element("caption", { class: "hidden" }, say("station.week")),
            element("tbody", {}, ...days.map((day) => dayRow(say, day))),
          ),
        ]
      : [
          element(
            "p",
            {},
            hours_source ? `${say("station.hours_vague")} ` : say("station.hours_none"),
            hours_source ? text(hours_source) : null,
            calls ? ` ${say("station.call_first")}` : null,
          ),
        ]),
    schedule.hours &&
      hours_source &&
      element("p", { class: "quiet" }, `${say("station.hours_source")}${say("list.colon")}`, text(hours_source)),
  );
}

/**
 * @param {import("../shared/translate.js").Words} say
 * @param {import("./week.js").Day} day
 */
function dayRow(say, { weekday, month, date, isToday, note, times, state }) {
  return element(
    "tr",
    { class: `is-${state}`, "aria-current": isToday && "date" },
    element(
      "th",
      { scope: "row" },
      `${say(`weekday.${weekday}`)} `,
      element("small", {}, say("when.date", { month, day: date })),
      " ",
      isToday ? element("span", { class: "tag" }, say("station.today")) : null,
      " ",
      note ? element("span", { class: "tag is-note" }, note) : null,
    ),
    element(
      "td",
      {},
      ...(times.length ? times.flatMap((span) => [element("span", {}, span), " "]) : [say("state.closed")]),
    ),
  );
}
