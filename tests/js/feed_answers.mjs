/** Answer questions about a feed as the page does, for tests/test_scripts.py: JSON in, JSON out. */

import { readFileSync } from "node:fs";

import { feedOf } from "../../static/js/feed.js";
import { minuteAt, statusAt } from "../../static/js/hours.js";
import { Places } from "../../static/js/nearest.js";

const { document, points, moments } = JSON.parse(readFileSync(0, "utf8"));
const feed = feedOf(document);
const places = new Places(
  feed.stations.map(({ lon }) => lon),
  feed.stations.map(({ lat }) => lat),
);

const nearest = points.map(([lon, lat, k]) =>
  places
    .ranked(lon, lat)
    .slice(0, k)
    .map(({ row, metres }) => [feed.stations[row].id, metres]),
);
const states = moments.map((at) => {
  const minute = minuteAt(feed.start, Date.parse(at));
  return feed.stations.map(({ schedule }) => {
    const { state, untilMin } = statusAt(schedule, minute, feed.days);
    return [state, untilMin];
  });
});
process.stdout.write(JSON.stringify({ nearest, states }));
