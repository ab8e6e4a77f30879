/** How the staff's page puts findings into words. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { hoursOfWeek } from "../../static/js/audit/table_columns.js";

const translate = (key, values = {}) => [key.replace("audit.page.", ""), ...Object.values(values)].join(" ");
const at = (day, ...hours) => hours.map((hour) => 24 * day + hour);

test("days in a row with the same hours stand together, others apart", () => {
  const week = [...at(0, 22, 23), ...at(1, 22, 23), ...at(3, 22, 23), ...at(4, 5)];
  const [first, second, third] = hoursOfWeek(translate, week).split("; ");
  assert.match(first, /^day_0–day_1 .*22/);
  assert.match(second, /^day_3 .*22/);
  assert.match(third, /^day_4 .*5/);
  assert.equal(hoursOfWeek(translate, []), "audit.none");
});
