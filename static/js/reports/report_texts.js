/** What is said of reports and of what became of them. */

import { momentText } from "../rider/marks.js";
import { element } from "../shared/dom.js";

/**
 * @typedef {import("../shared/translate.js").Translate} Translate
 * @typedef {import("./kept.js").Receipt} Receipt
 */

/**
 * Say what became of a report: that the server took it, that it did not and why, that nobody could for too long.
 * @param {Translate} translate
 * @param {import("./outbox.js").Outcome} outcome
 */
export function outcomeText(translate, { receipt, answer }) {
  const { became, kind, name } = receipt;
  const what = `${translate(`report_kind.${kind}`)} · ${name}`;
  if (became !== "refused") return translate(`report_became.${became}`, { what });
  const { detail, title } = /** @type {{detail?: unknown, title?: unknown}} */ (answer ?? {});
  const why = [detail, title].find((text) => typeof text === "string") ?? "";
  return translate("report_became.refused", { what, why: String(why) });
}

/**
 * Return the link to where a rider sees what became of a report.
 * @param {Translate} translate
 * @param {import("./site.js").ReportSite} site
 * @param {Receipt} receipt
 */
export function receiptLink(translate, { receipts }, { code }) {
  const href = `${receipts}${encodeURIComponent(code)}${document.body.dataset.query ?? languageQuery()}`;
  return element("a", { href, class: "report-receipt" }, translate("report.receipt", { code }));
}

/** Pages that are not in the usual language say so in their address. */
function languageQuery() {
  const { lang = "zh" } = document.body.dataset;
  return lang === "zh" ? "" : `?lang=${lang}`;
}

/**
 * Say a report in a line: of which kind, and when it was.
 * @param {Translate} translate
 * @param {{kind: string, keptAt: number}} report
 */
export function reportLine(translate, { kind, keptAt }) {
  return `${translate(`report_kind.${kind}`)} · ${momentText(translate, keptAt, Date.now())}`;
}

/**
 * Return what others reported of late, and what staff answered, a line each.
 * @param {Translate} translate
 * @param {import("./station_facts.js").Others} others
 * @param {number} atMs
 * @returns {string[]}
 */
export function othersLines(translate, { recent, answers = [], texts = [] }, atMs) {
  const kind = (/** @type {string} */ code) => translate(`report_kind.${code}`);
  return [
    ...recent.map(({ kind: code, devices, last_at }) =>
      translate("report.recent", {
        kind: kind(code),
        count: devices,
        time: momentText(translate, Date.parse(last_at), atMs),
      }),
    ),
    ...answers.map(({ kind: code, answer, at }) =>
      translate("report.answered", { kind: kind(code), answer, time: momentText(translate, Date.parse(at), atMs) }),
    ),
    ...texts.map(({ text }) => translate("report.text_shown", { text })),
  ];
}
