/** The rules of the answer, on small feeds written by hand. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { filtersIn, queryToStartWith, queryWith, remember } from "../../static/js/shared/address.js";
import { aheadMs, learnServerTime, now, servedAtOf } from "../../static/js/shared/clock.js";
import { rank, preferConfirmed } from "../../static/js/finder/ranking.js";
import { DEFAULT_FILTERS, isForRiders, relaxed, arrivalAt } from "../../static/js/rider/filter_rules.js";
import { feedOf } from "../../static/js/rider/feed.js";
import { isAlwaysOpen, statusAt } from "../../static/js/rider/hours.js";
import { translatorOf } from "../../static/js/shared/translate.js";
import { Places } from "../../static/js/rider/nearest.js";
import * as statusText from "../../static/js/shared/status_text.js";
import { Gazetteer } from "../../static/js/finder/search.js";
import { Arrivals } from "../../static/js/rider/arrival.js";

const DAYS = 14;
const START = "2026-11-23T00:00:00+08:00";
const RULES = { littleLeftMin: 10, checkedDays: 365 };
const CHECKED = { on: "2026-11-20", by: "staff" };
const WALK = { speedMS: 1.25, detour: 1.3 };
const onFootS = (metres) => (metres * WALK.detour) / WALK.speedMS;
const OPEN = schedule([[0, DAYS * 1440, 1]]);
const CLOSED = schedule([]);
const UNKNOWN = { ...schedule([[0, DAYS * 1440, 2]]), hours: null };

function schedule(stretches, more = {}) {
  return { hours: "x", status: "open", closures: [], stretches, caution_days: [], ...more };
}

function station(id, more = {}) {
  return {
    id,
    name: id,
    aliases: [],
    services: [],
    facilities: {},
    category: "outdoor_worker",
    district: "1",
    access: { who: "public" },
    schedule: OPEN,
    lon: 117,
    lat: 34,
    riders: standing(more),
    verified: CHECKED,
    ...more,
  };
}

/** How riders stand with a station of these tests, as the server would say (stationmap/search/usability.py). */
function standing({ access: { who } = { who: "public" }, schedule: { status } = OPEN }) {
  if (status !== "open") return "3";
  return { public: "0", registration: "0", members: "1", unknown: "1" }[who] ?? "2";
}

function visitsTo(stations, metres, minute = 600) {
  return new Arrivals(
    { stations, days: DAYS, start: START, rules: RULES },
    { rows: stations.map((_, row) => row), metres },
    minute,
    WALK,
  );
}

function ask(stations, filters = {}, minute = 600) {
  const metres = stations.map((_, row) => 100 * (row + 1));
  const visits = visitsTo(stations, metres, minute);
  const { offers, dropped, hidden } = rank(visits, { ...DEFAULT_FILTERS, ...filters });
  return { ids: offers.map((offer) => offer.station.id), dropped, hidden };
}

test("a closed station is not offered, one of unknown hours is", () => {
  assert.deepEqual(ask([station("a", { schedule: CLOSED }), station("b", { schedule: UNKNOWN }), station("c")]).ids, [
    "b",
    "c",
  ]);
});

test("a station that closes before the rider arrives is not offered as usable now", () => {
  const soon = schedule([[0, 601, 1]]); // 100 m take 104 s
  assert.deepEqual(ask([station("a", { schedule: soon }), station("b")]).ids, ["b"]);
  assert.deepEqual(ask([station("a", { schedule: soon }), station("b")], { now: false }).ids, ["a", "b"]);
});

test("a station that opens before the rider arrives is offered with its opening time, one that opens later is not", () => {
  const opening = schedule([[601, 900, 1]]);
  const found = ask([station("a", { schedule: opening }), station("b")], {}, 600); // 100 m take 104 s
  assert.deepEqual(found.ids, ["a", "b"]);
  assert.deepEqual(ask([station("a", { schedule: opening }), station("b")], {}, 590).ids, ["b"]);
  const visited = arrivalAt(statusAt(opening, 600, DAYS), onFootS(100), 600, opening, DAYS);
  assert.deepEqual([visited.state, visited.untilMin, visited.onArrival, visited.inTime], ["closed", 601, "open", null]);
});

test("what counts is the state on arrival, whatever it was on the way", () => {
  const onArrival = (...stretches) => {
    const found = schedule(stretches);
    return arrivalAt(statusAt(found, 600, DAYS), onFootS(1000), 600, found, DAYS).onArrival; // 17 minutes
  };
  assert.equal(onArrival([500, 605, 1], [610, 900, 1]), "open");
  assert.equal(onArrival([605, 610, 1]), "closed");
  assert.equal(onArrival([605, 900, 2]), "unknown");
  assert.equal(onArrival([500, 605, 1], [605, 900, 2]), "unknown");
});

test("nobody is sent hours away to a station that opens meanwhile", () => {
  const tomorrow = schedule([[1440, 2000, 1]]);
  const found = arrivalAt(statusAt(tomorrow, 600, DAYS), onFootS(60_000), 600, tomorrow, DAYS);
  assert.equal(found.onArrival, "closed");
});

test("a choice without what was given up is the one that was answered", () => {
  const asked = { ...DEFAULT_FILTERS, free: true, service: ["legal_aid"] };
  assert.deepEqual(relaxed(asked, ["now", "service"]), { ...asked, now: false, service: [] });
  assert.deepEqual(relaxed(asked, []), asked);
});

test("a carnation station that is not public is hidden, counted, and shown when asked for", () => {
  const flowers = station("a", { category: "carnation", access: { who: "women" } });
  assert.deepEqual(ask([flowers, station("b")]), { ids: ["b"], dropped: [], hidden: 1 });
  assert.deepEqual(ask([flowers, station("b")], { restricted: true }), { ids: ["a", "b"], dropped: [], hidden: 0 });
});

test("even relaxed, an answer never sends a rider where riders may not enter", () => {
  assert.deepEqual(ask([station("a", { access: { who: "staff" } })]).ids, []);
});

function listed(stations, filters = {}, wanted = Infinity) {
  const asked = { ...DEFAULT_FILTERS, ...filters };
  const visits = visitsTo(
    stations,
    stations.map(({ at }) => at),
  );
  const { offers, passed } = preferConfirmed(rank(visits, asked, wanted), asked);
  return { ids: offers.map((offer) => offer.station.id), passed };
}

test("a station that can be relied on is listed first where the way to it is at most five minutes longer, else second", () => {
  const members = station("a", { at: 10, access: { who: "members" } });
  const unknown = station("b", { at: 20, schedule: UNKNOWN });
  const sure = (at) => station("c", { at }); // 288 m more are five minutes more
  assert.deepEqual(listed([members, unknown, sure(298)]), { ids: ["c", "a", "b"], passed: 2 });
  assert.deepEqual(listed([members, unknown, sure(300)]), { ids: ["a", "c", "b"], passed: 0 });
});

test("where none near can be relied on, the comparable ones come in the order of what is unknown of them, the nearest sure one second", () => {
  const whether = station("whether", { at: 10, schedule: UNKNOWN });
  const both = station("both", { at: 5, schedule: UNKNOWN, access: { who: "unknown" } });
  const who = (at) => station("who", { at, access: { who: "unknown" } });
  const far = station("far", { at: 600 });
  assert.deepEqual(listed([both, whether, who(290), far]), { ids: ["who", "far", "whether", "both"], passed: 2 });
  assert.deepEqual(listed([both, whether, who(294), far]), { ids: ["whether", "far", "both", "who"], passed: 1 });
  const wished = { facility: ["wifi", "toilet"] };
  const all = { wifi: true, toilet: true };
  const stations = [station("c", { at: 1, schedule: UNKNOWN, facilities: all }), who(2)];
  assert.deepEqual(listed(stations, wished).ids, ["who", "c"]);
  assert.deepEqual(listed([]), { ids: [], passed: 0 });
});

test("where nothing is surely all that is asked for, the nearest one that is surely open stands second, or of open ones the nearest less unknown", () => {
  const unstated = { access: { who: "unknown" } };
  const whether = (id, at, more = unstated) => station(id, { at, schedule: UNKNOWN, ...more });
  const opened = (id, at, more = {}) => station(id, { at, ...unstated, ...more });
  assert.deepEqual(listed([whether("a", 10), whether("b", 700), opened("c", 900), opened("d", 950)]).ids, [
    "a",
    "c",
    "b",
    "d",
  ]);
  assert.deepEqual(listed([whether("a", 10), opened("c", 900), station("far", { at: 2000 })]).ids, ["a", "far", "c"]);
  // Who may enter is worth no longer way where nobody knows whether it is open.
  assert.deepEqual(listed([whether("a", 10), whether("b", 700), whether("c", 900, {})]).ids, ["a", "b", "c"]);
  const toilet = { facilities: { toilet: true } };
  assert.deepEqual(
    listed([opened("a", 10), opened("b", 700), opened("c", 900, toilet)], { facility: ["toilet"] }).ids,
    ["a", "c", "b"],
  );
});

test("the first offers of an answer are the same whether or not the rest is wanted", () => {
  const stations = [
    station("members", { at: 10, access: { who: "members" } }),
    station("closed", { at: 15, schedule: CLOSED }),
    station("unknown", { at: 20, schedule: UNKNOWN }),
    station("sure", { at: 290 }),
    station("far", { at: 600 }),
    station("farther", { at: 900 }),
  ];
  assert.deepEqual(listed(stations).ids, ["sure", "members", "unknown", "far", "farther"]);
  assert.deepEqual(listed(stations, {}, 1), { ids: ["sure", "members", "unknown"], passed: 2 });
  assert.deepEqual(listed(stations, {}, 4).ids, ["sure", "members", "unknown", "far"]);
});

test("who may enter after signing up counts as surely welcome, an unstated rule does not", () => {
  const near = station("a", { at: 10, access: { who: "unknown" } });
  const signed = station("b", { at: 20, access: { who: "registration" } });
  assert.deepEqual(listed([near, signed]).ids, ["b", "a"]);
  assert.deepEqual(listed([near, signed], { free: true }).ids, ["a"]);
});

test("what is asked for is what has to be sure", () => {
  const all = station("c", { at: 30, facilities: { wifi: true } });
  const stations = [station("a", { at: 10, schedule: UNKNOWN }), station("b", { at: 20 }), all];
  assert.deepEqual(listed(stations, { now: false }).ids, ["a", "b", "c"]);
  assert.deepEqual(listed(stations, { now: false, always: true }).ids, ["b", "a", "c"]);
  assert.deepEqual(listed(stations, { facility: ["wifi"] }).ids, ["c", "a", "b"]);
});

const HOLIDAY = { caution_days: [0] };

test("hours that say nothing of a holiday are a doubt, which one who states them goes before, and one who says less never", () => {
  const unstated = station("a", { at: 10, schedule: schedule([[0, 1050, 1]], HOLIDAY) });
  const stated = station("b", { at: 80 });
  const waiting = station("w", { at: 5, schedule: schedule([[0, 1440, 2]]) });
  assert.deepEqual(listed([unstated, stated]), { ids: ["b", "a"], passed: 1 });
  assert.deepEqual(listed([waiting, unstated]).ids, ["w", "a"]);
  assert.deepEqual(listed([{ ...waiting, at: 20 }, unstated].reverse()).ids, ["a", "w"]);
});

test("a caution holds for the day of arrival", () => {
  const night = schedule([[0, DAYS * 1440, 1]], { caution_days: [1] });
  const found = arrivalAt(statusAt(night, 1430, DAYS), onFootS(1000), 1430, night, DAYS, 10); // 17 minutes
  assert.deepEqual([found.caution, found.cautionOnArrival], [false, true]);
});

test("little time left on arrival is a doubt, as little as the operator says", () => {
  const tight = station("a", { at: 100, schedule: schedule([[0, 611, 1]]) }); // 104 s on foot: 9 minutes are left
  const enough = station("a", { at: 100, schedule: schedule([[0, 612, 1]]) });
  const always = station("b", { at: 150 });
  assert.deepEqual(listed([tight, always]).ids, ["b", "a"]);
  assert.deepEqual(listed([enough, always]).ids, ["a", "b"]);
  const opening = station("a", { at: 100, schedule: schedule([[601, 609, 1]]) });
  assert.deepEqual(listed([opening, always]).ids, ["b", "a"]);
});

test("a record never checked or long ago is not called sure where one that was is at most five minutes farther", () => {
  const never = station("never", { at: 10, verified: null });
  const old = station("old", { at: 20, verified: { on: "2021-06-01", by: "rider" } });
  const told = station("told", { at: 30, verified: { on: "2026-11-22", by: "rider" } });
  const checked = (at) => station("checked", { at });
  assert.deepEqual(listed([never, old, told, checked(50)]), { ids: ["checked", "never", "old", "told"], passed: 3 });
  assert.deepEqual(listed([never, old, told, checked(400)]), { ids: ["told", "never", "old", "checked"], passed: 2 });
  assert.deepEqual(listed([never, old, checked(400)]), { ids: ["never", "old", "checked"], passed: 0 });
  // Who may enter is worth more than how well that is known, and whether it is open more than both.
  const members = station("members", { at: 5, access: { who: "members" } });
  assert.deepEqual(listed([members, never]).ids, ["never", "members"]);
  const geocoded = station("geocoded", { at: 5, geocoded: "1" });
  assert.deepEqual(listed([geocoded, checked(50)]).ids, ["checked", "geocoded"]);
});

test("riders are sent where the server says that they may be", () => {
  assert.deepEqual(
    ["0", "1", "2", "3"].filter((riders) => isForRiders(station("a", { riders }))),
    ["0", "1"],
  );
});

test("where nobody is there a status holds whatever the feed knows of the hours, before it and after it", () => {
  for (const status of ["planned", "suspended", "closed", "moved"]) {
    const withdrawn = { ...CLOSED, status };
    for (const minute of [-1440, -10, 600, 15 * 1440]) {
      const found = statusAt(withdrawn, minute, DAYS);
      assert.deepEqual([found.state, found.reason], ["closed", `status_${status}`]);
      for (const filters of [{}, { now: false }, { now: false, restricted: true }, { always: true }])
        assert.deepEqual(ask([station("a", { schedule: withdrawn }), station("b")], filters, minute).ids, ["b"]);
    }
  }
  assert.deepEqual(ask([station("a", { schedule: { ...CLOSED, status: "moved" } })]).ids, []);
});

test("a feed kept from before it said how riders stand is taken at its narrowest", () => {
  const columns = { id: { shared: [0, 0, 0], rest: ["a", "b", "c"] }, facilities: {}, schedule: [0, 1, 0] };
  const access = [{ who: "public" }, { who: "public" }, { who: "members" }];
  const kept = {
    format: 1,
    districts: [],
    stations: { ...columns, access },
    schedules: [OPEN, { ...CLOSED, status: "closed" }],
  };
  assert.deepEqual(
    feedOf(kept).stations.map(({ riders }) => riders),
    ["0", "3", "2"],
  );
});

test("a facility known to be absent excludes, an unknown one does not", () => {
  const stations = [
    station("a", { facilities: { wifi: false } }),
    station("b"),
    station("c", { facilities: { wifi: true } }),
  ];
  assert.deepEqual(ask(stations, { facility: ["wifi"] }).ids, ["b", "c"]);
});

test("when nothing meets every condition, what was given up is told", () => {
  const found = ask([station("a", { schedule: CLOSED, category: "culture" })], {
    category: ["culture"],
    service: ["legal_aid"],
  });
  assert.deepEqual(found, { ids: ["a"], dropped: ["now", "service"], hidden: 0 });
  assert.deepEqual(ask([station("a")], { service: ["legal_aid"] }).dropped, ["service"]);
});

test("24 hours means all days of the feed", () => {
  assert.equal(isAlwaysOpen(OPEN, DAYS), true);
  assert.equal(isAlwaysOpen(schedule([[1, DAYS * 1440, 1]]), DAYS), false);
  assert.equal(isAlwaysOpen(UNKNOWN, DAYS), false);
});

test("outside the days of a feed the state is unknown, not closed", () => {
  const reasons = [-61, DAYS * 1440].map((minute) => statusAt(OPEN, minute, DAYS).reason);
  assert.deepEqual(reasons, ["clock_slow", "feed_expired"]);
});

test("a phone whose clock is a little slow at midnight answers for midnight", () => {
  const night = schedule([[-120, 120, 1]]);
  const { state, untilMin, then } = statusAt(night, -1, DAYS);
  assert.deepEqual([state, untilMin, then], ["open", 120, "closed"]);
});

test("what comes then is told, and never guessed beyond the feed", () => {
  const told = (minute, ...stretches) => {
    const { state, untilMin, then } = statusAt(schedule(stretches), minute, DAYS);
    return [state, untilMin, then];
  };
  const END = DAYS * 1440;
  assert.deepEqual(told(500, [540, 1140, 2]), ["closed", 540, "unknown"]);
  assert.deepEqual(told(500, [400, 540, 1], [540, 600, 2]), ["open", 540, "unknown"]);
  assert.deepEqual(told(END - 200, [END - 360, END + 120, 1]), ["open", END + 120, "closed"]);
  assert.deepEqual(told(END - 200, [END - 3000, END, 1]), ["open", null, null]);
  assert.deepEqual(told(END - 200, [0, END, 1]), ["open", Infinity, null]);
  assert.deepEqual(told(END - 200, [0, 100, 1]), ["closed", null, null]);
});

test("who arrives after the days of the feed cannot know what is found there", () => {
  for (const stretches of [[[0, DAYS * 1440, 1]], [[DAYS * 1440 - 360, DAYS * 1440 + 120, 1]], []]) {
    const found = schedule(stretches);
    const late = DAYS * 1440 - 10;
    const { onArrival, inTime } = arrivalAt(statusAt(found, late, DAYS), onFootS(2000), late, found, DAYS);
    assert.deepEqual([onArrival, inTime], ["unknown", null]);
  }
});

test("a stretch includes its first minute and not its last", () => {
  const morning = schedule([[480, 720, 1]]);
  assert.deepEqual(
    [479.9, 480, 719.9, 720].map((minute) => statusAt(morning, minute, DAYS).state),
    ["closed", "open", "open", "closed"],
  );
  assert.equal(statusAt(morning, 479.9, DAYS).untilMin, 480);
});

test("a register status explains why a station is closed", () => {
  assert.equal(statusAt(schedule([], { status: "suspended" }), 600, DAYS).reason, "status_suspended");
});

test("the address holds what differs from the default, and gives it back", () => {
  const filters = { ...DEFAULT_FILTERS, now: false, facility: ["wifi", "toilet"], travel: "walk" };
  const query = queryWith(new URLSearchParams("lang=en&facility=old"), filters);
  assert.equal(query.toString(), "lang=en&now=0&facility=wifi&facility=toilet&travel=walk");
  assert.deepEqual(filtersIn(query), filters);
  assert.equal(queryWith(new URLSearchParams("lang=en"), DEFAULT_FILTERS).toString(), "lang=en&now=1");
  // Where the operator says that riders walk, the e-bike is what has to be said.
  const byBike = { ...DEFAULT_FILTERS, travel: "ebike" };
  assert.equal(queryWith(new URLSearchParams(), byBike, "walk").toString(), "travel=ebike");
  assert.equal(filtersIn(new URLSearchParams("free=1"), "walk").travel, "walk");
  assert.equal(filtersIn(new URLSearchParams("travel=ebike"), "walk").travel, "ebike");
});

test("an address with nonsense in it is the default choice", () => {
  assert.deepEqual(filtersIn(new URLSearchParams("now=maybe&facility=<script>&travel=rocket&category=")), {
    ...DEFAULT_FILTERS,
  });
});

test("a feed of another format is refused", () => {
  assert.throws(() => feedOf({ format: 2 }));
  assert.throws(() => feedOf(null));
});

test("a feed too large for a phone has no stations but a count", () => {
  const feed = feedOf({
    format: 1,
    too_large: true,
    count: 30000,
    stations: null,
    schedules: null,
    readings: {},
    districts: [],
    days: 14,
    start: "2026-11-23T00:00:00+08:00",
  });
  assert.deepEqual([feed.tooLarge, feed.count, feed.stations], [true, 30000, []]);
});

test("words fill their places once, with text", () => {
  const words = translatorOf({ a: "{x} and {y}" });
  assert.equal(words("a", { x: "{y}", y: "$&" }), "{y} and $&");
  assert.equal(words("facility.sauna"), "sauna");
  assert.equal(words("constructor"), "constructor");
});

test("a moment is told as people do", () => {
  const words = translatorOf({
    "state.open_then_closed": "until {time}",
    "state.open_then_unknown": "until {time}, then unknown",
    "state.closed_then_open": "opens {time}",
    "state.closed_then_unknown": "unknown from {time}",
    "state.open": "open",
    "state.closed": "closed",
    "when.today": "{time}",
    "when.tomorrow": "tomorrow {time}",
    "when.day": "{month}/{day} {time}",
    "state.open_always": "always",
  });
  const startMs = Date.parse("2026-11-30T00:00:00+08:00");
  const at = (state, untilMin, then = state === "open" ? "closed" : "open") =>
    statusText.stateText(words, { state, untilMin, then, reason: null }, 600, startMs);
  assert.equal(at("open", 1320), "until 22:00");
  assert.equal(at("open", 1440), "until 24:00");
  assert.equal(at("open", 1500), "until tomorrow 01:00");
  assert.equal(at("closed", 1440), "opens tomorrow 00:00");
  assert.equal(at("closed", 2880 + 485), "opens 12/2 08:05");
  assert.equal(at("open", 1320, "unknown"), "until 22:00, then unknown");
  assert.equal(at("closed", 780, "unknown"), "unknown from 13:00");
  assert.equal(at("open", Infinity, null), "always");
  assert.equal(at("open", null, null), "open");
  assert.equal(at("closed", null, null), "closed");
});

test("a short rest is told in the row, in the line only one that is hardly enough", () => {
  const told = (leftMin, isTight) =>
    [undefined, 0].map(
      (soonMin) => statusText.warnings((key) => key, { state: "open", leftMin, isTight }, 600, soonMin).length,
    );
  assert.deepEqual(
    [told(20, false), told(5, true), told(40, false)],
    [
      [1, 0],
      [1, 1],
      [0, 0],
    ],
  );
});

test("distances and ages are rounded to what a rider can use", () => {
  const words = (key, values) => `${key} ${Object.values(values ?? {})}`.trim();
  assert.deepEqual(
    [0.4, 99.4, 104, 994, 1240, 12400].map((metres) => statusText.distanceText(words, metres)),
    ["distance.m 0", "distance.m 99", "distance.m 100", "distance.m 990", "distance.km 1.2", "distance.km 12"],
  );
  const atMs = Date.parse("2026-11-23T00:30:00+08:00");
  const ages = [null, { on: "2026-11-23" }, { on: "2026-11-22" }, { on: "2026-08-01" }, { on: "2020-01-01" }];
  assert.deepEqual(
    ages.map((on) => statusText.verifiedText(words, on, atMs)),
    ["verified.never", "verified.today", "verified.yesterday", "verified.months 3", "verified.years 6"],
  );
});

const READINGS = {
  xu: "徐",
  zhou: "州",
  zhan: "站",
  yi: "驿",
  qi: "骑",
  shou: "手",
  zhong: "重",
  chong: "重",
  qing: "庆",
};

function gazetteer(stations, districts = []) {
  return new Gazetteer({ stations, districts, readings: READINGS }, (code) => [code, `other ${code}`]);
}

function found(places) {
  return places.map(({ name }) => name);
}

test("search finds every word, names before addresses, districts first", () => {
  const stations = [station("a", { address: "徐州站前" }), station("b", { name: "徐州站驿站", aliases: ["骑手之家"] })];
  const known = gazetteer(stations, [{ code: "徐州站区", lon: 1, lat: 2, count: 2 }]);
  assert.deepEqual(found(known.search("徐州站", 9)), ["徐州站区", "徐州站驿站", "a"]);
  assert.deepEqual(found(known.search("骑手 徐州", 9)), ["徐州站驿站"]);
  const both = gazetteer([station("c", { aliases: ["骑手之家"], address: "徐州站前" })]);
  assert.deepEqual(found(both.search("骑手 徐州", 9)), ["c"]);
  assert.deepEqual(known.search("  ", 9), []);
  assert.equal(known.search("徐州站", 1).length, 1);
});

test("search reads pinyin, initials, both mixed with characters, and what is still being typed", () => {
  const known = gazetteer([station("b", { name: "徐州站驿站", aliases: ["骑手之家"] })]);
  for (const typed of ["xuzhouzhan", "xzz", "徐zz", "xuz站", "XUZHOU", "xuzh", "zhouzhan", "qs", "xu zhou", "xzzyz"])
    assert.deepEqual(found(known.search(typed, 9)), ["徐州站驿站"], typed);
  for (const typed of ["xuzhan", "zxz", "q徐", "zzzz"]) assert.deepEqual(known.search(typed, 9), [], typed);
});

test("what is nearly called so is found with a character or a letter wrong, and not with more", () => {
  const known = gazetteer([station("b", { name: "徐州站驿站" }), station("toilet", { name: "Toilet" })]);
  for (const typed of ["徐洲站", "xuzhuozhan", "xuzhoux", "xuzhoz"]) {
    assert.deepEqual(known.search(typed, 9), [], typed);
    assert.deepEqual(found(known.guess(typed, 9)), ["徐州站驿站"], typed);
  }
  assert.deepEqual(found(known.guess("toilat", 9)), ["Toilet"]);
  for (const typed of ["qqq徐洲", "xqzhqqzhan", "shou"]) assert.deepEqual(known.guess(typed, 9), [], typed);
});

test("of a district's two characters one may be wrong, of a station's none", () => {
  const known = gazetteer([station("b", { name: "徐州驿站" })], [{ code: "徐州市", lon: 1, lat: 2, count: 2 }]);
  assert.deepEqual(found(known.guess("徐洲", 9)), ["徐州市"]);
});

test("punctuation, width and case do not matter, and what joins a word does not part it", () => {
  const known = gazetteer([station("b", { name: "Xi'an Rd（西安路）", address: "西安路，1号", host: "Ｗｉ-Ｆｉ" })]);
  for (const typed of [
    "xi'an",
    "XI’AN",
    "xian",
    "西安路，",
    "“西安路”",
    "(西安路)",
    "西安路1号",
    "ＷＩＦＩ",
    "wi-fi",
    "西安路、wifi",
    "西安路/1号",
  ])
    assert.deepEqual(found(known.search(typed, 9)), ["Xi'an Rd（西安路）"], typed);
  for (const typed of ["，", "“”", "🚲", "'"]) assert.deepEqual(known.search(typed, 9), [], typed);
});

test("stations are found by who manages them and by their district, which may stand beside a name", () => {
  const stations = [
    station("a", { name: "公园站", district: "云龙区" }),
    station("b", { name: "银行站", managed_by: "经开区总工会" }),
  ];
  const known = gazetteer(stations, [{ code: "云龙区", lon: 1, lat: 2, count: 2 }]);
  assert.deepEqual(found(known.search("经开区", 9)), ["银行站"]);
  assert.deepEqual(found(known.search("云龙 公园", 9)), ["公园站"]);
  assert.deepEqual(found(known.search("云龙", 9)), ["云龙区", "公园站"]);
});

test("stations that fit alike come by their distance, those that fit better before them, given up ones last", () => {
  const gone = { name: "公园", schedule: { ...CLOSED, status: "moved" } };
  const stations = [
    station("gone", gone),
    station("address", { name: "甲", address: "公园路" }),
    station("far", { name: "东公园站" }),
    station("near", { name: "西公园站" }),
    station("itself", { name: "公园" }),
  ];
  const metres = [1, 2, 900, 400, 5_000];
  const places = gazetteer(stations).search("公园", 9, (row) => metres[row]);
  assert.deepEqual(
    places.map(({ id }) => id),
    ["itself", "near", "far", "address", "gone"],
  );
  assert.deepEqual(
    places.map((place) => place.metres),
    [5_000, 400, 900, 2, 1],
  );
});

test("a district is found by its name in the other language, a station's other name is shown beside the one it has", () => {
  const known = gazetteer(
    [station("b", { name: "云龙区驿站", aliases: ["徐州站骑手驿站"] })],
    [{ code: "Yunlong", lon: 1, lat: 2, count: 2 }],
  );
  assert.deepEqual(found(known.search("other yun", 9)), ["Yunlong"]);
  assert.deepEqual(known.search("徐州站", 9), [
    { id: "b", name: "云龙区驿站", detail: "徐州站骑手驿站", lon: 117, lat: 34, status: "open", fit: 1 },
  ]);
});

test("a character with two readings is found by both", () => {
  const known = gazetteer([station("b", { name: "重庆" })]);
  for (const typed of ["chongqing", "zhongqing", "cq", "zq"]) assert.equal(known.search(typed, 9).length, 1, typed);
});

test("what is written so comes before what is only read so", () => {
  const known = gazetteer([station("a", { name: "徐州站" }), station("b", { name: "XZ" })]);
  assert.deepEqual(found(known.search("xz", 9)), ["XZ", "徐州站"]);
});

test("a word longer than the machine's words is still looked for, by its beginning", () => {
  const known = gazetteer([station("b", { name: "徐".repeat(40) })]);
  assert.equal(known.search("xu".repeat(35), 9).length, 1);
  assert.equal(known.search("xu".repeat(12) + "zhou".repeat(6), 9).length, 0);
});

test("stations that are given up are found last", () => {
  const gone = (id, status) => station(id, { name: "徐州站", schedule: { ...CLOSED, status } });
  const addressed = station("c", { address: "徐州站前" });
  const known = gazetteer([gone("a", "closed"), gone("b", "moved"), gone("s", "suspended"), addressed]);
  assert.deepEqual(
    known.search("徐州站", 9).map(({ detail, name }) => detail || name),
    ["徐州站前", "徐州站", "徐州站", "徐州站"],
  );
});

test("the heart of a registry lies where stations are densest", () => {
  const districts = [
    { code: "far", lon: 118, lat: 35, count: 1 },
    { code: "near", lon: 117, lat: 34, count: 3 },
  ];
  assert.equal(gazetteer([], districts).heart.name, "near");
  assert.equal(gazetteer([]).heart, null);
});

test("a kept choice is used only where the address says nothing", () => {
  const kept = { ...DEFAULT_FILTERS, always: true };
  globalThis.localStorage = {
    items: {},
    getItem: (name) => globalThis.localStorage.items[name] ?? null,
    setItem: (name, value) => (globalThis.localStorage.items[name] = value),
  };
  remember(DEFAULT_FILTERS, kept);
  assert.deepEqual(filtersIn(queryToStartWith(new URLSearchParams("lang=en"))), kept);
  assert.deepEqual(filtersIn(queryToStartWith(new URLSearchParams("free=1"))), { ...DEFAULT_FILTERS, free: true });
  // Of a view that was shared only what the rider changes there is their own.
  const shared = { ...DEFAULT_FILTERS, facility: ["shower", "toilet"], free: true, travel: "walk" };
  remember(shared, { ...shared, facility: ["shower", "wifi"], now: false });
  assert.deepEqual(filtersIn(queryToStartWith(new URLSearchParams())), { ...kept, facility: ["wifi"], now: false });
  assert.equal(queryToStartWith(new URLSearchParams(), "walk").get("travel"), null); // never chosen: as is usual here
  remember(shared, { ...shared, travel: "ebike" });
  assert.equal(filtersIn(queryToStartWith(new URLSearchParams(), "walk"), "walk").travel, "ebike");
  delete globalThis.localStorage;
  assert.deepEqual(filtersIn(queryToStartWith(new URLSearchParams())), DEFAULT_FILTERS);
});

test("equally near places keep the order of the feed", () => {
  const places = new Places([117, 117, 116.9], [34, 34, 34]);
  assert.deepEqual([...places.ranked(117, 34).rows], [0, 1, 2]);
  assert.deepEqual([...places.ranked(116.9, 34).rows], [2, 0, 1]);
});

test("a wrong clock goes by the server's, which the newest answer tells, and is believed once it is set right", () => {
  const device = Date.now;
  const noon = Date.parse("2026-11-23T12:00:00+08:00");
  const hours = 3_600_000;
  try {
    Date.now = () => noon + 3 * hours;
    assert.deepEqual([now(), aheadMs()], [noon + 3 * hours, 0]);
    learnServerTime(noon, noon + 3 * hours);
    assert.deepEqual([now(), aheadMs()], [noon, 3 * hours]);
    learnServerTime(noon - hours, noon + 9 * hours); // of before
    learnServerTime(Number.NaN, noon);
    assert.equal(now(), noon);
    Date.now = () => noon + hours; // set right, an hour later
    assert.deepEqual([now(), aheadMs()], [noon + hours, 0]);
    learnServerTime(noon + hours, noon - 23 * hours);
    Date.now = () => noon - 23 * hours;
    assert.deepEqual([now(), aheadMs()], [noon + hours, -24 * hours]);
    learnServerTime(noon + 2 * hours, noon + 2 * hours + 100_000); // a slow answer
    Date.now = () => noon + 2 * hours + 100_000;
    assert.equal(aheadMs(), 0);
  } finally {
    Date.now = device;
  }
});

test("an answer that a cache kept left the server before", () => {
  const headers = (told) => new Headers(told);
  const noon = Date.parse("2026-11-23T12:00:00+08:00");
  assert.equal(
    servedAtOf(headers({ "Stationmap-Time": "2026-11-23T12:00:00+08:00", Date: "Mon, 23 Nov 2026 07:00:00 GMT" })),
    noon,
  );
  assert.equal(servedAtOf(headers({ Date: "Mon, 23 Nov 2026 03:59:00 GMT", Age: "60" })), noon);
  assert.ok(Number.isNaN(servedAtOf(headers({}))));
});
