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
export function hours({ translate, feed, atMs, lang }, { schedule, hours_source, calls }) {
  const left = closuresLeft(schedule.closures, atMs);
  const closures = left.map(([from, to, reason]) => {
    const end = to ? `– ${edgeText(translate, to, atMs)}` : translate("station.closure_open_end");
    const spoken = `${edgeText(translate, from, atMs)} ${end}`;
    return element("li", {}, spoken, reason ? " · " : null, reason ? text(reason) : null);
  });
  const isNow = closureAt(left, atMs) !== undefined;
  const days = week(translate, feed, schedule, minuteAt(feed.start, atMs), lang);
  return section(
    translate("station.hours"),
    closures.length ? element("h3", {}, translate(isNow ? "station.closures" : "station.closures_ahead")) : null,
    closures.length ? element("ul", { class: "closures" }, ...closures) : null,
    ...(schedule.hours
      ? [
          element(
            "table",
            { class: "week" },
            element("caption", { class: "hidden" }, translate("station.week")),
            element("tbody", {}, ...days.map((day) => dayRow(translate, day))),
          ),
        ]
      : [
          element(
            "p",
            {},
            hours_source ? `${translate("station.hours_vague")} ` : translate("station.hours_none"),
            hours_source ? text(hours_source) : null,
            calls ? ` ${translate("station.call_first")}` : null,
          ),
        ]),
    schedule.hours &&
      hours_source &&
      element(
        "p",
        { class: "quiet" },
        `${translate("station.hours_source")}${translate("list.colon")}`,
        text(hours_source),
      ),
  );
}

/**
 * @param {import("../shared/translate.js").Translate} translate
 * @param {import("./week.js").Day} day
 */
function dayRow(translate, { weekday, month, date, isToday, note, times, state }) {
  return element(
    "tr",
    { class: `is-${state}`, "aria-current": isToday && "date" },
    element(
      "th",
      { scope: "row" },
      `${translate(`weekday.${weekday}`)} `,
      element("small", {}, translate("when.date", { month, day: date })),
      " ",
      isToday ? element("span", { class: "tag" }, translate("station.today")) : null,
      " ",
      note ? element("span", { class: "tag is-note" }, note) : null,
    ),
    element(
      "td",
      {},
      ...(times.length ? times.flatMap((span) => [element("span", {}, span), " "]) : [translate("state.closed")]),
    ),
  );
}
