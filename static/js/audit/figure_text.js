/** Figures put into words. */

const THOUSANDTHS = 1000;
const LEAST_GAP = 0.00005; // of which two decimals of a percentage would say 0.00
const KM = 1000; // metres
const STEP_M = 10; // to which a way of less than a kilometre is told

/** @typedef {import("../shared/translate.js").Translate} Translate */

/**
 * @param {number} share
 */
export function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}

/**
 * Say how much better any proposal could be: what is left, however little, is not called nothing.
 * @param {number} gap
 */
export function gap(gap) {
  return gap > 0 && gap < LEAST_GAP ? "< 0.01 %" : `${(gap * 100).toFixed(2)} %`;
}

/**
 * @param {number} value
 */
export function whole(value) {
  return grouped(value.toFixed(0));
}

/**
 * @param {number} value
 */
export function tenth(value) {
  return grouped(value.toFixed(1));
}

/**
 * Say a way as people speak of it: tens of metres, or tenths of a kilometre.
 * @param {Translate} translate
 * @param {number} metres
 */
export function way(translate, metres) {
  const tens = Math.round(metres / STEP_M) * STEP_M;
  return tens < KM
    ? translate("audit.page.metres", { value: whole(tens) })
    : translate("audit.page.kilometres", { value: tenth(metres / KM) });
}

/**
 * Say people given in thousandths.
 * @param {number} thousandths
 */
export function people(thousandths) {
  return whole(thousandths / THOUSANDTHS);
}

/**
 * Say two figures, low to high; once where they are written alike.
 * @param {number} one
 * @param {number} other
 * @param {(value: number) => string} format
 */
export function both(one, other, format) {
  const [from, to] = [Math.min(one, other), Math.max(one, other)].map(format);
  return from === to ? from : `${from} – ${to}`;
}

/**
 * Say the share by stations that surely count, and that by those that possibly do; none is told where nobody lives.
 * @param {Translate} translate
 * @param {number | null} sure
 * @param {number | null} possible
 */
export function shares(translate, sure, possible) {
  return sure === null || possible === null ? translate("audit.page.nobody") : both(sure, possible, percent);
}

/**
 * Say the metres to stations that surely count, and to those that possibly do. Where none surely counts, the way is at
 * least as long as if all of these did; where none possibly does, or nobody goes, there is none.
 * @param {Translate} translate
 * @param {number | null} sure
 * @param {number | null} possible
 * @param {number} people who go it
 */
export function ways(translate, sure, possible, people) {
  if (!people) return translate("audit.page.nobody");
  if (possible === null) return translate("audit.page.no_station");
  return sure === null ? translate("audit.page.at_least", { value: amount(possible) }) : both(sure, possible, amount);
}

/**
 * Say the metres to the nearest station that surely counts, where there is one.
 * @param {Translate} translate
 * @param {number | null} metres
 */
export function metresForSure(translate, metres) {
  return metres === null ? translate("audit.page.none_sure") : amount(metres);
}

/**
 * Say hours of a day as spans: 0, 1, 22 is 00–02, 22–23.
 * @param {Translate} translate
 * @param {number[]} hours
 */
export function spans(translate, hours) {
  const pad = (/** @type {number} */ hour) => String(hour).padStart(2, "0");
  const starts = hours.filter((hour) => !hours.includes(hour - 1));
  const ends = hours.filter((hour) => !hours.includes(hour + 1));
  return starts.map((hour, at) => `${pad(hour)}–${pad(ends[at] + 1)}`).join(", ") || translate("audit.none");
}

/**
 * @param {number[]} lonLat in degrees
 */
export function place(lonLat) {
  return lonLat.map((degrees) => degrees.toFixed(5)).join(", ");
}

/**
 * Return how a table offers all its rows.
 * @param {Translate} translate
 */
export function sayAll(translate) {
  return (/** @type {number} */ count) => translate("audit.page.all_rows", { count: whole(count) });
}

/**
 * @param {string} digits
 */
function grouped(digits) {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** @type {{perMinute: number | null}} metres that stand for a minute; null where they are metres */
const unit = { perMinute: null };

/**
 * @param {number | null} metresPerMinute null for metres
 */
export function tellIn(metresPerMinute) {
  unit.perMinute = metresPerMinute;
}

/** Whether figures are in minutes. */
export function isInMinutes() {
  return unit.perMinute !== null;
}

/**
 * Say an amount without its unit.
 * @param {number} metres
 */
export function amount(metres) {
  return unit.perMinute === null ? whole(metres) : tenth(metres / unit.perMinute);
}

/**
 * Return the key of words that name the unit: `mean_m` is `mean_min`, and `within` `within_min`, where figures are in minutes.
 * @param {string} key
 */
export function inUnit(key) {
  if (unit.perMinute === null) return key;
  return /_m(_|$)/.test(key) ? key.replace(/_m(?=_|$)/, "_min") : `${key}_min`;
}
