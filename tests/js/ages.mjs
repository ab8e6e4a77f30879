/** Say when records were checked, and what is doubtful of it, as the page does, for tests/test_scripts.py: JSON in, JSON out. */

import { readFileSync } from "node:fs";

import { Checks, DOUBTS } from "../../static/js/rider/doubts.js";
import { translatorOf } from "../../static/js/shared/translate.js";
import { verifiedText } from "../../static/js/shared/status_text.js";

const { words, at, checks, rules } = JSON.parse(readFileSync(0, "utf8"));
const translate = translatorOf(words);
const known = new Checks(Date.parse(at), rules);
const nameOf = (bit) => Object.keys(DOUBTS).find((name) => bit && DOUBTS[name] === bit) ?? null;
const told = checks.map((check) => [verifiedText(translate, check, Date.parse(at)), nameOf(known.doubtOf(check))]);
process.stdout.write(JSON.stringify(told));
