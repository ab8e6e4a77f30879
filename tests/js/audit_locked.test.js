/** What locked doors cost, as the staff's page adds it up. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { costsOf, worstHour } from "../../static/js/audit/locked.js";

const posted = [
  [5, 7, 7],
  [2, 2, 4],
];
const found = [
  [5, 6, 7],
  [2, 0, 2],
];

test("districts add up to all of them, and what is lost is the difference", () => {
  assert.deepEqual(costsOf(["a", "b"], posted, found), [
    { code: null, isTotal: true, posted: 27, found: 22, lost: 5 },
    { code: "a", posted: 19, found: 18, lost: 1 },
    { code: "b", posted: 8, found: 4, lost: 4 },
  ]);
});

test("the worst hour is that of all districts together", () => {
  assert.equal(worstHour(posted, found), 1);
});
