/** Find places as a phone does, for tests/test_places_on_phones.py: JSON in, JSON out. */

import { readFileSync } from "node:fs";

import { PlaceIndex } from "../../static/js/places/place_index.js";

const { document, texts, most } = JSON.parse(readFileSync(0, "utf8"));
const index = new PlaceIndex(document);
const rows = (/** @type {{row: number, fit: number}[]} */ found) => found.map(({ row, fit }) => [row, fit]);
const answers = texts.map((/** @type {string} */ text) => [
  rows(index.search(text, most)),
  rows(index.guess(text, most)),
]);
process.stdout.write(JSON.stringify({ places: index.places, isWhole: index.isWhole, answers }));
