/** The button that copies the line to paste. */

import { byId, setText } from "../shared/dom.js";

const line = /** @type {HTMLTextAreaElement} */ (byId("snippet"));
const button = byId("copy");
const said = byId("copied");
button.hidden = false;
button.addEventListener("click", async () => {
  line.select();
  try {
    await navigator.clipboard.writeText(line.value);
    setText(said, said.dataset.copied ?? "");
  } catch {
    setText(said, said.dataset.select ?? "");
  }
});
