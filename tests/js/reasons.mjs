/** Say why a day that waits for the notice is unknown, as the page does, for tests/test_scripts.py: JSON in, JSON out. */

import { readFileSync } from "node:fs";

import { translatorOf } from "../../static/js/shared/translate.js";
import { reasonText } from "../../static/js/shared/status_text.js";

const { words, usual } = JSON.parse(readFileSync(0, "utf8"));
const translate = translatorOf(words);
process.stdout.write(JSON.stringify(usual.map((hours) => reasonText(translate, "holidays_not_announced", hours))));
