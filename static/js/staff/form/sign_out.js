/** Whoever signs out may take what they have not saved from this device: it may not be theirs alone. */

import { element } from "../../shared/dom.js";
import { countOfDrafts, forgetAll } from "./drafts.js";

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-drafts]"));
const count = countOfDrafts();
if (form && count) {
  const box = /** @type {HTMLInputElement} */ (element("input", { type: "checkbox" }));
  const words = (form.dataset.drafts ?? "").replace("{count}", String(count));
  form.prepend(element("label", { class: "check" }, box, element("span", {}, words)));
  form.addEventListener("submit", () => box.checked && forgetAll());
}
