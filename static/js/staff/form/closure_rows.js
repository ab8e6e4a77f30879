/** Rows of closures: as many as somebody needs. */

import { element } from "../../shared/dom.js";

const END = /^closures\.\d+\.to$/;
const ROW = /^closures\.(\d+)\./;

/**
 * Offer one more row.
 * @param {HTMLFormElement} form
 * @param {import("../../shared/translate.js").Translate} translate
 */
export function offerRows(form, translate) {
  const button = element("button", { type: "button", class: "plain" }, translate("form.closure.add"));
  button.addEventListener("click", () => {
    const made = addRow(form, translate);
    /** @type {HTMLElement | null} */ (made?.querySelector("input"))?.focus();
  });
  form.querySelector("#field-closures")?.after(element("p", {}, button));
  form.addEventListener("input", ({ target }) => {
    if (target instanceof HTMLInputElement && END.test(target.name) && target.value) endIsKnown(form, target.name);
  });
}

/**
 * Who says until when no longer says that nobody knows.
 * @param {HTMLFormElement} form
 * @param {string} name of the field with the last day
 */
function endIsKnown(form, name) {
  const box = form.elements.namedItem(name.replace(/to$/, "open_ended"));
  if (box instanceof HTMLInputElement) box.checked = false;
}

/**
 * Let a form have the rows that entries name.
 * @param {HTMLFormElement} form
 * @param {readonly import("./fields.js").Entry[]} entries
 */
export function ensureRows(form, entries) {
  const wanted = Math.max(-1, ...entries.map(([name]) => Number(ROW.exec(name)?.[1] ?? -1)));
  while (rows(form).length && lastNumber(form) < wanted && wanted < 1000) if (!addRow(form)) return;
}

/** @param {HTMLFormElement} form */
function rows(form) {
  return /** @type {HTMLElement[]} */ ([...form.querySelectorAll(".form-closure")]);
}

/** @param {HTMLFormElement} form */
function lastNumber(form) {
  return Math.max(...rows(form).map(({ dataset }) => Number(dataset.row)));
}

/**
 * @param {HTMLFormElement} form
 * @param {import("../../shared/translate.js").Translate} [translate]
 */
function addRow(form, translate) {
  const last = rows(form).pop();
  if (!last) return null;
  const number = lastNumber(form) + 1;
  const made = /** @type {HTMLElement} */ (last.cloneNode(true));
  made.dataset.row = String(number);
  for (const shown of made.querySelectorAll("*"))
    for (const name of ["id", "name", "for", "aria-describedby"]) {
      const value = shown.getAttribute(name);
      if (value) shown.setAttribute(name, value.replace(/closures\.\d+\./g, `closures.${number}.`));
    }
  for (const input of made.querySelectorAll("input")) {
    if (input.type === "checkbox") input.checked = false;
    else input.value = "";
    input.removeAttribute("aria-invalid");
  }
  for (const wrong of made.querySelectorAll(".staff-error")) wrong.remove();
  for (const wrong of made.querySelectorAll(".is-wrong")) wrong.classList.remove("is-wrong");
  const legend = made.querySelector("legend");
  if (legend && translate) legend.textContent = translate("form.closure", { number: number + 1 });
  last.after(made);
  return made;
}
