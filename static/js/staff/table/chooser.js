/** The table of stations: what is ticked stays so on other pages; a range by Shift; how many are chosen. */

import { readChoice, writeChoice } from "./choice.js";

const WIDE = "(min-width: 700px)";
const filters = /** @type {HTMLDetailsElement | null} */ (document.getElementById("filters"));
if (filters && matchMedia(WIDE).matches) filters.open = true;
const form = /** @type {HTMLFormElement | null} */ (document.getElementById("chooser"));
if (document.querySelector("[data-chosen-done]")) writeChoice(new Set());
if (form?.querySelector("[name='all']")) prepare(form);

/**
 * Let a form keep what is ticked in it.
 * @param {HTMLFormElement} form
 */
function prepare(form) {
  const boxes = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("[name='id']")]);
  const [whole, all, others] = ["#choose-page", "[name='all']", "[name='others']"].map(
    (selector) => /** @type {HTMLInputElement} */ (form.querySelector(selector)),
  );
  const count = /** @type {HTMLElement} */ (document.getElementById("chosen-count"));
  const none = /** @type {HTMLButtonElement} */ (document.getElementById("choose-none"));
  const bar = count.closest(".staff-chosen");
  const usual = count.textContent ?? "";
  const words = form.dataset.chosen ?? "";
  const here = new Set(boxes.map((box) => box.value));
  let chosen = readChoice();
  /** @type {HTMLInputElement | null} */
  let last = null;
  let isSent = false;

  whole.disabled = false;
  draw();
  addEventListener("pageshow", () => {
    isSent = false;
    chosen = readChoice();
    draw();
  });
  form.addEventListener("click", (event) => {
    const box = /** @type {HTMLInputElement} */ (event.target);
    if (boxes.includes(box)) takeBox(box, event.shiftKey);
  });
  whole.addEventListener("change", () => take(boxes, whole.checked));
  all.addEventListener("change", draw);
  none.addEventListener("click", () => {
    chosen.clear();
    all.checked = false;
    take(boxes, false);
    boxes[0]?.focus();
  });
  form.addEventListener("submit", (event) => {
    if (isSent) event.preventDefault();
    isSent = true;
    others.value = [...chosen].filter((id) => !here.has(id)).join(" ");
  });

  /**
   * Take one box, or with Shift all from the last one on.
   * @param {HTMLInputElement} box
   * @param {boolean} isRange
   */
  function takeBox(box, isRange) {
    const [from, to] = [boxes.indexOf(isRange && last ? last : box), boxes.indexOf(box)];
    take(boxes.slice(Math.min(from, to), Math.max(from, to) + 1), box.checked);
    last = box;
  }

  /**
   * @param {HTMLInputElement[]} some
   * @param {boolean} isChosen
   */
  function take(some, isChosen) {
    for (const box of some) chosen[isChosen ? "add" : "delete"](box.value);
    writeChoice(chosen);
    draw();
  }

  function draw() {
    for (const box of boxes) box.checked = chosen.has(box.value);
    const onPage = boxes.filter((box) => box.checked).length;
    whole.checked = onPage > 0 && onPage === boxes.length;
    whole.indeterminate = onPage > 0 && onPage < boxes.length;
    const values = { count: String(chosen.size), elsewhere: String(chosen.size - onPage) };
    count.textContent = chosen.size
      ? words.replace(/\{(count|elsewhere)\}/g, (_, name) => values[/** @type {"count" | "elsewhere"} */ (name)])
      : usual;
    none.hidden = !chosen.size;
    bar?.classList.toggle("is-active", chosen.size > 0 || all.checked);
  }
}
