/** Answer, for a test of the server's side: the page's figures for a document of cells and questions. */

import { readFileSync } from "node:fs";
import { studyCellsOf } from "../../static/js/audit/figures/document.js";
import { Audit } from "../../static/js/audit/figures/model.js";

const { path, questions } = JSON.parse(readFileSync(0, "utf8"));
const data = readFileSync(path);
const audit = new Audit(studyCellsOf(data.buffer.slice(data.byteOffset, data.byteOffset + data.length)));
const answers = questions.map(({ categories = [], facilities = [], who, hour = null, date, radius }) => {
  const began = performance.now();
  audit.ask({ categories: new Set(categories), facilities: new Set(facilities), who: new Set(who), hour, date });
  const asking = performance.now();
  const figures = audit.figures(radius);
  return { figures, askMs: asking - began, figuresMs: performance.now() - asking };
});
process.stdout.write(JSON.stringify(answers));
