/** Say when records were checked as the page does, for tests/test_scripts.py: JSON in, JSON out. */

import { readFileSync } from "node:fs";

import { wordsOf } from "../../static/js/i18n.js";
import { isOld, verified } from "../../static/js/say.js";

const { words, at, days } = JSON.parse(readFileSync(0, "utf8"));
const say = wordsOf(words);
const told = days.map((on) => [verified(say, on && { on }, Date.parse(at)), isOld(on && { on }, Date.parse(at))]);
process.stdout.write(JSON.stringify(told));
