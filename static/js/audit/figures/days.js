/** Days of the calendar as texts such as 2026-11-30, and the weeks they are of; time is that of the stations. */

import { DAY_MS, ZONE_MS } from "../../shared/time_units.js";

const DAYS = 7;

/**
 * @param {string} day
 * @param {number} days later
 */
export function dayAfter(day, days) {
  return new Date(Date.parse(`${day}T00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/**
 * Return the day of the week, 0 for Monday.
 * @param {string} day
 */
export function weekdayOf(day) {
  return (new Date(`${day}T00:00Z`).getUTCDay() + DAYS - 1) % DAYS;
}

/**
 * Return the Monday of a day's week.
 * @param {string} day
 */
export function mondayOf(day) {
  return dayAfter(day, -weekdayOf(day));
}

/** Return the present day and hour where the stations are. */
export function present() {
  const here = new Date(Date.now() + ZONE_MS);
  return { day: here.toISOString().slice(0, 10), hour: here.getUTCHours() };
}

/**
 * Tell whether a text is a day there is.
 * @param {string} text
 */
export function isDay(text) {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00Z`)) && dayAfter(text, 0) === text;
}
