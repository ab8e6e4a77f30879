// What proof_worker.js makes of challenges where the browser lends it no cryptography: reads and writes JSON.
import { readFileSync } from "node:fs";
import vm from "node:vm";

const source = readFileSync("static/js/reports/proof_worker.js", "utf8");
const solved = JSON.parse(readFileSync(0, "utf8")).map((challenge) => {
  const answers = [];
  const work = [];
  vm.runInNewContext(source, {
    addEventListener: (_kind, act) => work.push(act),
    postMessage: (answer) => answers.push(answer),
  });
  for (const act of work) act({ data: { type: "work", challenge } });
  return answers[0];
});
console.log(JSON.stringify(solved));
