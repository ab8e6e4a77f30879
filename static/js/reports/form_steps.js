/** What the panel of a report shows, step after step. */

import { KINDS, labelOf } from "./choices.js";
import { isLasting } from "./kept.js";
import { pointChoice } from "./point.js";
import { outcomeText, receiptLink, reportLine } from "./report_texts.js";
import { element, setChildren } from "../shared/dom.js";

/**
 * @typedef {import("../shared/translate.js").Translate} Translate
 * @typedef {import("./kept.js").ReportBody} ReportBody
 * @typedef {{undo: () => void, close: () => void}} Acts
 */

const HINTED = ["no_entry", "lacks"];
const MAX_TEXT = 300;
const MAX_CONTACT = 100;
const MAX_OWN = 3;

/**
 * Return the first step: what is known, and the kinds, of which a tap reports one.
 * @param {Translate} translate
 * @param {import("./site.js").ReportSite} site
 * @param {(said: {kind: string, text: string, contact: string}) => void} choose
 */
export function chooser(translate, site, choose) {
  const known = element("div", { class: "report-known", role: "status" });
  const others = element("ul", { class: "report-others" });
  const own = element("ul", { class: "report-own" });
  const text = /** @type {HTMLTextAreaElement} */ (textField(translate));
  const contact = /** @type {HTMLInputElement} */ (
    element("input", { maxlength: MAX_CONTACT, autocomplete: "off", id: "report-contact" })
  );
  const said = () => ({ text: text.value.trim(), contact: contact.value.trim() });
  const kinds = KINDS.map((kind) =>
    element(
      "button",
      {
        type: "button",
        class: `report-kind is-${kind}`,
        "data-kind": kind,
        onclick: () => choose({ kind, ...said() }),
      },
      translate(`report_kind.${kind}`),
      HINTED.includes(kind) ? element("small", {}, translate(`report_kind_hint.${kind}`)) : null,
    ),
  );
  const nodes = [
    known,
    others,
    element(
      "details",
      { class: "report-more" },
      element("summary", {}, translate("report.add_first")),
      labelled(translate("report.text"), text),
      labelled(translate("report.contact"), contact),
    ),
    element("div", { class: "report-kinds", role: "group", "aria-label": translate("report.ask") }, ...kinds),
    own,
    element(
      "p",
      { class: "quiet" },
      translate("report.privacy_short"),
      " ",
      element("a", { href: site.privacy }, translate("report.privacy")),
    ),
  ];
  const complain = (/** @type {string} */ problem) => setChildren(known, [element("p", { class: "warning" }, problem)]);
  return {
    nodes,
    complain,
    /** @param {import("./station_facts.js").Posted} posted */
    showPosted: ({ text: posted, isClosed, hint }) =>
      setChildren(known, [
        element("p", { class: isClosed ? "is-closed" : "" }, posted),
        ...(hint ? [element("p", { class: "quiet" }, hint)] : []),
      ]),
    /** @param {readonly string[]} lines */
    showOthers: (lines) =>
      setChildren(
        others,
        lines.map((line) => element("li", {}, element("bdi", {}, line))),
      ),
    /** @param {import("./kept.js").OwnReports} reports */
    showOwn: (reports) => setChildren(own, ownLines(translate, site, reports)),
  };
}

/**
 * Return what this phone reported: of the station a line each, what waits first; of other stations behind a tap.
 * @param {Translate} translate
 * @param {import("./site.js").ReportSite} site
 * @param {import("./kept.js").OwnReports} reports
 */
function ownLines(translate, site, { waiting, here, elsewhere }) {
  return [
    ...waiting.map(({ body: { kind }, keptAt }) =>
      element("li", {}, yours(translate, { kind, keptAt }), translate("report_short.waits")),
    ),
    ...here.slice(0, MAX_OWN).map((receipt) => ownLine(translate, site, receipt)),
    elsewhere.length
      ? element(
          "li",
          {},
          element(
            "details",
            { class: "report-more" },
            element("summary", {}, translate("report.yours_elsewhere", { count: elsewhere.length })),
            element("ul", {}, ...elsewhere.map((receipt) => elsewhereLine(translate, site, receipt))),
          ),
        )
      : null,
  ].filter((line) => line !== null);
}

/**
 * @param {Translate} translate
 * @param {import("./site.js").ReportSite} site
 * @param {import("./kept.js").Receipt} receipt
 */
function ownLine(translate, site, receipt) {
  const line = yours(translate, receipt);
  if (receipt.code) return element("li", {}, line, receiptLink(translate, site, receipt));
  return element("li", {}, line, translate(`report_short.${receipt.became}`));
}

/**
 * @param {Translate} translate
 * @param {import("./site.js").ReportSite} site
 * @param {import("./kept.js").Receipt} receipt
 */
function elsewhereLine(translate, site, receipt) {
  const line = `${reportLine(translate, receipt)} `;
  return element("li", {}, element("bdi", {}, receipt.name), ` · ${line}`, receiptLink(translate, site, receipt));
}

/**
 * @param {Translate} translate
 * @param {{kind: string, keptAt: number}} report
 */
function yours(translate, report) {
  return `${translate("report.yours")} ${reportLine(translate, report)} `;
}

/**
 * Return the step after a kind of which more may be said: it is reported already, with or without that.
 * @param {Translate} translate
 * @param {{kind: string, codes: readonly string[], text: string}} said
 * @param {{add: (found: Partial<ReportBody>) => void, done: () => void, undo: () => void, wait: () => void}} acts
 */
export function more(translate, { kind, codes, text }, { add, done, undo, wait }) {
  const chips = codes.map((code) =>
    element(
      "button",
      { type: "button", class: "chip", "aria-pressed": "false", "data-code": code },
      translate(labelOf(kind, code)),
    ),
  );
  const group = element(
    "div",
    { class: "report-chips", role: "group", "aria-label": translate(`report_which.${kind}`) },
    ...chips,
  );
  group.addEventListener("click", ({ target }) => {
    const chip = target instanceof Element ? target.closest("[data-code]") : null;
    if (!chip) return;
    chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
    const chosen = chips.filter((each) => each.getAttribute("aria-pressed") === "true");
    add({ details: chosen.map(({ dataset }) => dataset.code ?? "") });
  });
  const field = /** @type {HTMLTextAreaElement} */ (textField(translate));
  field.value = text;
  field.addEventListener("input", () => add({ text: field.value.trim() || undefined }));
  return [
    message(translate("report.noted", { kind: translate(`report_kind.${kind}`) })),
    ...(chips.length ? [element("p", {}, translate(`report_which.${kind}`)), group] : []),
    ...(kind === "wrong_place" ? [pointChoice(translate, { choose: (point) => add({ point }), wait })] : []),
    labelled(translate("report.text"), field),
    element(
      "p",
      { class: "report-acts" },
      element("button", { type: "button", class: "button", onclick: done }, translate("report.done")),
      undoButton(translate, undo),
    ),
  ];
}

/**
 * Return the step in which a report is on its way, or waits for a network.
 * @param {Translate} translate
 * @param {boolean} isTried
 * @param {Acts} acts
 */
export async function waitingStep(translate, isTried, { undo, close }) {
  const isKept = await isLasting();
  return [
    message(translate(isTried ? "report.waits" : "report.sending")),
    ...(isKept ? [] : [element("p", { class: "warning" }, translate("report.not_lasting"))]),
    element("p", { class: "report-acts" }, closeButton(translate, close), undoButton(translate, undo)),
  ];
}

/**
 * Return the step in which it is known what became of a report.
 * @param {Translate} translate
 * @param {import("./site.js").ReportSite} site
 * @param {import("./outbox.js").Outcome} outcome
 * @param {Acts} acts
 */
export function settledStep(translate, site, outcome, { undo, close }) {
  const { receipt } = outcome;
  const isSent = receipt.became === "sent";
  return [
    message(isSent ? translate("report.thanks") : outcomeText(translate, outcome)),
    ...(isSent
      ? [element("p", {}, receiptLink(translate, site, receipt)), quiet(translate("report.receipt_help"))]
      : []),
    element("p", { class: "report-acts" }, closeButton(translate, close), isSent ? undoButton(translate, undo) : null),
  ];
}

/**
 * Return a step that says one thing.
 * @param {Translate} translate
 * @param {string} text
 * @param {() => void} close
 */
export function lastStep(translate, text, close) {
  return [message(text), element("p", { class: "report-acts" }, closeButton(translate, close))];
}

/** @param {string} text */
function message(text) {
  return element("p", { class: "report-message", role: "status", tabindex: "-1" }, text);
}

/** @param {string} text */
function quiet(text) {
  return element("p", { class: "quiet" }, text);
}

/**
 * @param {Translate} translate
 * @param {() => void} act
 */
function undoButton(translate, act) {
  return element("button", { type: "button", class: "plain", "data-undo": "", onclick: act }, translate("report.undo"));
}

/**
 * @param {Translate} translate
 * @param {() => void} act
 */
function closeButton(translate, act) {
  return element("button", { type: "button", class: "button", onclick: act }, translate("report.close"));
}

/** @param {Translate} translate */
function textField(translate) {
  return element("textarea", { rows: 2, maxlength: MAX_TEXT, placeholder: translate("report.text_hint") });
}

/**
 * @param {string} name
 * @param {HTMLElement} field
 */
function labelled(name, field) {
  return element("label", { class: "report-field" }, element("span", {}, name), field);
}
