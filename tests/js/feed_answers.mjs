/** Answer questions about a feed as the page does, for tests/test_scripts.py: JSON in, JSON out. */

import { readFileSync } from "node:fs";

import { meets, isWorthIt, DEFAULT_FILTERS } from "../../static/js/rider/filter_rules.js";
import { DOUBTS } from "../../static/js/rider/doubts.js";
import { feedOf } from "../../static/js/rider/feed.js";
import { minuteAt, statusAt } from "../../static/js/rider/hours.js";
import { Places } from "../../static/js/rider/nearest.js";
import { finderOf, readingsOf } from "../../static/js/finder/pinyin.js";
import { Arrivals } from "../../static/js/rider/arrival.js";

const { document, points, moments, questions, words, texts } = JSON.parse(readFileSync(0, "utf8"));
const feed = feedOf(document);
const places = new Places(
  feed.stations.map(({ lon }) => lon),
  feed.stations.map(({ lat }) => lat),
);

const nearest = points.map(([lon, lat, k]) => {
  const { rows, metres } = places.ranked(lon, lat);
  return Array.from(rows.slice(0, k), (row, place) => [feed.stations[row].id, metres[place]]);
});
const states = moments.map((at) => {
  const minute = minuteAt(feed.start, Date.parse(at));
  return feed.stations.map(({ schedule }) => {
    const { state, untilMin, caution, reason, usual } = statusAt(schedule, minute, feed.days);
    return [state, untilMin, caution, reason === "holidays_not_announced" ? [usual] : []];
  });
});
const usable = questions.map(({ point: [lon, lat], at, choice: asked, travel }) => {
  const minute = minuteAt(feed.start, Date.parse(at));
  const filters = { ...DEFAULT_FILTERS, ...asked };
  return new Arrivals(feed, places.ranked(lon, lat), minute, travel)
    .filter((station) => meets(filters, station, feed.days))
    .filter((offer) => isWorthIt(filters, offer.arrival))
    .map(({ station, arrival: { untilMin }, doubts }) => {
      const unsure = {
        hours_unknown: filters.always && untilMin !== Infinity,
        facility_unknown: filters.facility.some((code) => !station.facilities[code]),
      };
      return [station.id, Object.keys(DOUBTS).filter((name) => unsure[name] || doubts & DOUBTS[name])];
    });
});
const readings = readingsOf(feed.readings);
const holding = words.map((word) => texts.map(finderOf(word, readings)));
process.stdout.write(JSON.stringify({ nearest, states, usable, holding }));
