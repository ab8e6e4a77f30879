/** Reports on their way from a phone: kept, sent once and in order, taken back, dropped after a week. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

/** @type {Record<string, string>} */
const storage = {};
globalThis.localStorage = {
  getItem: (key) => storage[key] ?? null,
  setItem: (key, value) => (storage[key] = value),
  removeItem: (key) => delete storage[key],
};

const { keep, kept, isLasting } = await import("../../static/js/reports/kept.js");
const { add, amend, drop, flush, MAX_WAIT_MS, MAX_WAITING } = await import("../../static/js/reports/outbox.js");
const { randomId } = await import("../../static/js/reports/random_ids.js");
const { learnServerTime } = await import("../../static/js/shared/clock.js");
const { confirmedText, markText, putMarks, renewMarks, reportedAt } = await import("../../static/js/rider/marks.js");

const URL = "/api/v1/reports";
const LOCKED = { station_id: "a", kind: "locked", name: "站" };

/** A server of reports, as the phone sees it: `answers` come one after another, then every report is taken. */
let sent = [];
let answers = [];
const answer = (status, body, headers = {}) => new Response(JSON.stringify(body), { status, headers });
globalThis.fetch = (url, { method = "GET", body } = {}) => {
  sent.push({ url, method, body: body && JSON.parse(body) });
  const next = answers.shift();
  if (next instanceof Error) return Promise.reject(next);
  return Promise.resolve(next ?? answer(201, { code: `CODE${sent.length}`, state: "new" }));
};

beforeEach(async () => {
  sent = [];
  answers = [];
  await keep("queue", () => []);
  await keep("receipts", () => []);
});

const kinds = () => sent.filter(({ method }) => method === "POST").map(({ body }) => body.kind);

test("what waits is sent in the order of the taps, and each has a receipt", async () => {
  for (const kind of ["locked", "gone", "open"]) await add({ ...LOCKED, kind }, 0);
  const became = [];
  assert.equal(await flush(URL, ({ receipt }) => became.push([receipt.kind, receipt.code])), 0);
  assert.deepEqual(kinds(), ["locked", "gone", "open"]);
  assert.deepEqual(became, [
    ["locked", "CODE1"],
    ["gone", "CODE2"],
    ["open", "CODE3"],
  ]);
  assert.deepEqual(
    (await kept("receipts")).map(({ code }) => code),
    ["CODE3", "CODE2", "CODE1"],
  );
  assert.equal(new Set(sent.map(({ body }) => body.device)).size, 1);
  assert.equal(localStorage.getItem("stationmap.reports.waiting"), null);
});

test("without a network it waits, and comes again with the same body", async () => {
  await add(LOCKED, 0);
  await add({ ...LOCKED, kind: "open" }, 0);
  answers = [new TypeError("no network")];
  assert.ok((await flush(URL, () => {})) > 0);
  assert.equal(localStorage.getItem("stationmap.reports.waiting"), "2");
  await flush(URL, () => {});
  assert.deepEqual(kinds(), ["locked", "locked", "open"]);
  assert.deepEqual(sent[0].body, sent[1].body);
});

for (const [status, headers, againMs] of [
  [429, { "Retry-After": "30" }, 30_000],
  [503, { "Retry-After": "2" }, 2_000],
  [502, {}, 60_000],
])
  test(`a server that answers ${status} is asked again when it says so`, async () => {
    await add(LOCKED, 0);
    answers = [answer(status, { title: "busy" }, headers)];
    assert.equal(await flush(URL, () => {}), againMs);
    assert.equal((await kept("queue")).length, 1);
  });

test("what the server takes only later keeps nothing else waiting", async () => {
  for (const kind of ["locked", "gone", "open"]) await add({ ...LOCKED, kind }, 0);
  answers = [answer(429, { title: "enough of this station" }, { "Retry-After": "86400" }), answer(500, { title: "?" })];
  assert.equal(await flush(URL, () => {}), 60_000);
  assert.deepEqual(kinds(), ["locked", "gone", "open"]);
  assert.deepEqual(
    (await kept("queue")).map(({ body }) => body.kind),
    ["locked", "gone"],
  );
});

for (const busy of [answer(503, { title: "busy" }), new Response("<html>", { status: 500 })])
  test(`a server that answers ${busy.status} for others, too, is left alone`, async () => {
    await add(LOCKED, 0);
    await add({ ...LOCKED, kind: "open" }, 0);
    answers = [busy];
    assert.ok((await flush(URL, () => {})) > 0);
    assert.deepEqual(kinds(), ["locked"]);
  });

test("a sign that was cut in two goes without its half", async () => {
  await add({ ...LOCKED, text: "没人\ud83d", contact: "\udd12a🔒" }, 0);
  await flush(URL, () => {});
  assert.deepEqual([sent[0].body.text, sent[0].body.contact], ["没人", "a🔒"]);
});

test("where the clock was put back after the tap, nothing is held for years", async () => {
  await add(LOCKED, 0);
  const years = 4 * 365 * 86_400_000;
  await keep("queue", (known) =>
    known.map((each) => ({ ...each, keptAt: each.keptAt + years, heldUntil: each.heldUntil + years })),
  );
  assert.equal(await flush(URL, () => {}), 0);
  assert.deepEqual(kinds(), ["locked"]);
});

test("what was taken back is forgotten after a week without a word", async () => {
  const { body } = await add(LOCKED, 0);
  answers = [new TypeError("no network")];
  await flush(URL, () => {});
  await drop(body.id);
  await keep("queue", (known) => known.map((each) => ({ ...each, keptAt: Date.now() - MAX_WAIT_MS - 1 })));
  const became = [];
  await flush(URL, ({ receipt }) => became.push(receipt.became));
  assert.deepEqual([became, await kept("queue"), await kept("receipts")], [[], [], []]);
});

test("what a phone keeps may be anything", async () => {
  for (const wrong of ['{"a":1}', "7", "null", '"x"', "{"]) {
    storage["stationmap.reports.queue"] = storage["stationmap.reports.receipts"] = wrong;
    storage["stationmap.reports.device"] = "[]";
    assert.ok(await add(LOCKED, 0));
    assert.equal(await flush(URL, () => {}), 0);
  }
  assert.equal(sent.length, 5);
});

test("a page of a hotel's Wi-Fi is no answer", async () => {
  await add(LOCKED, 0);
  answers = [new Response("<html>", { status: 200 }), new Response("<html>", { status: 404 })];
  await flush(URL, () => {});
  await flush(URL, () => {});
  assert.equal((await kept("queue")).length, 1);
});

test("what the server refuses keeps nothing else waiting, and is said", async () => {
  await add({ ...LOCKED, kind: "gone" }, 0);
  await add(LOCKED, 0);
  answers = [answer(409, { detail: "另一条" })];
  const became = [];
  await flush(URL, ({ receipt, answer: told }) => became.push([receipt.kind, receipt.became, told.detail]));
  assert.deepEqual(became, [
    ["gone", "refused", "另一条"],
    ["locked", "sent", undefined],
  ]);
});

test("after a week without a network a report is dropped, with a word", async () => {
  await add(LOCKED, 0);
  await keep("queue", (known) => known.map((each) => ({ ...each, keptAt: Date.now() - MAX_WAIT_MS - 1 })));
  const became = [];
  await flush(URL, ({ receipt }) => became.push(receipt.became));
  assert.deepEqual([became, sent, (await kept("receipts"))[0].became], [["expired"], [], "expired"]);
});

test(`at most ${MAX_WAITING} wait`, async () => {
  for (let count = 0; count < MAX_WAITING; count++) assert.ok(await add(LOCKED, 0));
  assert.equal(await add(LOCKED, 0), null);
});

test("while something may be added a report is held, and what is added goes with it", async () => {
  const { body } = await add({ ...LOCKED, kind: "lacks" }, 20_000);
  assert.ok((await flush(URL, () => {})) > 0);
  assert.deepEqual(sent, []);
  assert.equal(await amend(body.id, { details: ["hot_water"] }, 0), true);
  await flush(URL, () => {});
  assert.deepEqual(sent[0].body.details, ["hot_water"]);
  assert.equal(await amend(body.id, { details: [] }, 0), false);
});

test("taken back before it was sent it never is", async () => {
  const { body } = await add(LOCKED, 0);
  await drop(body.id);
  assert.equal(await flush(URL, () => {}), 0);
  assert.deepEqual(sent, []);
});

test("taken back after an attempt it is deleted as soon as the server answers", async () => {
  const { body } = await add(LOCKED, 0);
  answers = [new TypeError("the answer was lost")];
  await flush(URL, () => {});
  await drop(body.id);
  await flush(URL, () => assert.fail("nothing is left to say"));
  assert.deepEqual(
    sent.map(({ method, url }) => [method, url]),
    [
      ["POST", URL],
      ["POST", URL],
      ["DELETE", `${URL}/CODE2`],
    ],
  );
  assert.deepEqual([await kept("queue"), await kept("receipts")], [[], []]);
});

test("the moment of the tap is by the server's clock", async () => {
  const ahead = 3 * 3_600_000;
  learnServerTime(Date.now() - ahead, Date.now());
  await add(LOCKED, 0);
  await flush(URL, () => {});
  assert.ok(Math.abs(Date.parse(sent[0].body.said_at) + ahead - Date.now()) < 5_000);
  learnServerTime(Date.now(), Date.now());
});

test("a browser that keeps nothing says so and sends all the same", async () => {
  const { setItem } = localStorage;
  localStorage.setItem = () => {
    throw new Error("the storage is full");
  };
  await add(LOCKED, 0);
  assert.equal(await isLasting(), false);
  await flush(URL, () => {});
  assert.deepEqual(kinds(), ["locked"]);
  localStorage.setItem = setItem;
});

test("random ids are UUIDs of version 4 and differ", () => {
  const ids = Array.from({ length: 100 }, randomId);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(new Set(ids).size, 100);
});

const SINCE = "2026-11-30T12:40:00+08:00";
const MARKS = {
  reported: { a: { kind: "locked", devices: 3, since: SINCE, until: "2026-12-01T08:30:00+08:00" } },
  confirmed: { b: { on: "2026-11-29", times: 2 } },
};
const say = (key, values) => `${key} ${Object.values(values ?? {}).join("|")}`.trim();

test("a mark is told with its time, its age where the copy is old, and not after its end", () => {
  const stations = [{ id: "a" }, { id: "b" }];
  putMarks(stations, MARKS, Date.now());
  const at = Date.parse("2026-11-30T13:00:00+08:00");
  assert.equal(markText(say, stations[0], at), "mark.locked 3|when.today 12:40|");
  assert.equal(markText(say, stations[1], at), "");
  assert.equal(confirmedText(say, stations[1]), "mark.confirmed 2|2026-11-29");
  assert.equal(reportedAt(stations[0], Date.parse("2026-12-01T08:30:00+08:00")), undefined);
  stations[0].marks.heardAt -= 3 * 3_600_000;
  assert.match(markText(say, stations[0], at), /age\.hours 3/);
});

test("marks are asked for past every cache, and what is older never takes their place", async () => {
  const stations = [{ id: "a" }];
  answers = [answer(200, { reported: {}, confirmed: {} }, { ETag: 'W/"2"' })];
  assert.equal(await renewMarks("/api/v1/marks", stations), true);
  assert.equal(stations[0].marks.reported, undefined);
  putMarks(stations, MARKS, Date.now() - 600_000); // of a feed that was kept
  assert.equal(stations[0].marks.reported, undefined);
  answers = [new Response(null, { status: 304 }), answer(200, MARKS), new TypeError("no network")];
  assert.equal(await renewMarks("/api/v1/marks", stations), false);
  assert.equal(await renewMarks("/api/v1/marks", stations), true);
  assert.equal(stations[0].marks.reported.devices, 3);
  assert.equal(await renewMarks("/api/v1/marks", stations), false);
  assert.equal(stations[0].marks.reported.devices, 3);
});
