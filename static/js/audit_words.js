/** Figures put into words. */

const NONE = "–";
const THOUSANDTHS = 1000;

/**
 * @param {number | null} share
 */
export function percent(share) {
  return share === null ? NONE : `${(share * 100).toFixed(1)} %`;
}

/**
 * @param {number | null} value
 */
export function whole(value) {
  return value === null ? NONE : grouped(value.toFixed(0));
}

/**
 * @param {number | null} value
 */
export function tenth(value) {
  return value === null ? NONE : grouped(value.toFixed(1));
}

/**
 * Say people given in thousandths.
 * @param {number} thousandths
 */
export function people(thousandths) {
  return whole(thousandths / THOUSANDTHS);
}

/**
 * Say the low and the high figure; once where they are written alike.
 * @param {any} low
 * @param {any} high
 * @param {(value: any) => string} tell
 */
export function both(low, high, tell) {
  const [from, to] = [tell(low), tell(high)];
  return from === to ? from : `${from} – ${to}`;
}

/**
 * Say hours of a day as spans: 0, 1, 22 is 00–02, 22–23.
 * @param {number[]} hours
 */
export function spans(hours) {
  const pad = (/** @type {number} */ hour) => String(hour).padStart(2, "0");
  const starts = hours.filter((hour) => !hours.includes(hour - 1));
  const ends = hours.filter((hour) => !hours.includes(hour + 1));
  return starts.map((hour, at) => `${pad(hour)}–${pad(ends[at] + 1)}`).join(", ") || NONE;
}

/**
 * @param {number[]} lonLat in degrees
 */
export function place(lonLat) {
  return lonLat.map((degrees) => degrees.toFixed(5)).join(", ");
}

/**
 * Return how a table offers all its rows.
 * @param {import("./i18n.js").Words} say
 */
export function sayAll(say) {
  return (/** @type {number} */ count) => say("audit.page.all_rows", { count: whole(count) });
}

/**
 * @param {string} digits
 */
function grouped(digits) {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}
