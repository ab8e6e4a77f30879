/** Hours by days as people write them in Chinese: what the server reads back (hours/chinese). */

/**
 * @typedef {{days: number[], spans: [from: string, to: string][]}} Row days from Monday, 0, on; times as 08:30
 * @typedef {"" | "off" | "usual"} Holidays
 */

const NAMES = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
/** @type {Record<Holidays, string>} */
const HOLIDAYS = { "": "", off: "节假日休息", usual: "节假日照常" };

/**
 * Return the text of rows; days without times and times without days are left out.
 * @param {readonly Row[]} rows
 * @param {Holidays} holidays
 */
export function wordsOf(rows, holidays) {
  const parts = rows.filter(({ days, spans }) => days.length && spans.length).map(partOf);
  if (!parts.length) return "";
  const separator = parts.length > 1 ? "；" : "，";
  return [parts.join("；"), HOLIDAYS[holidays]].filter(Boolean).join(separator);
}

/** @param {Row} row */
function partOf({ days, spans }) {
  return daysOf(days) + spans.map(spanOf).join("，");
}

/** @param {readonly number[]} days */
function daysOf(days) {
  const sorted = [...new Set(days)].sort((one, other) => one - other);
  if (sorted.length === NAMES.length) return "每天";
  /** @type {number[][]} */
  const runs = [];
  for (const day of sorted) {
    const run = runs[runs.length - 1];
    if (run?.[run.length - 1] === day - 1) run.push(day);
    else runs.push([day]);
  }
  const names = runs.flatMap((run) =>
    run.length > 2 ? [`${NAMES[run[0]]}至${NAMES[run[run.length - 1]]}`] : run.map((day) => NAMES[day]),
  );
  return names.join("、");
}

/** @param {[from: string, to: string]} span */
function spanOf([from, to]) {
  if (to === "00:00") return `${short(from)}-24:00`;
  return `${short(from)}-${to <= from ? "次日" : ""}${short(to)}`;
}

/**
 * Return a time as it is written; of the small hours the zero stays, as 2:30 may be half past two in the afternoon.
 * @param {string} clock
 */
function short(clock) {
  return clock.replace(/^0(?=[6-9]:)/, "");
}
