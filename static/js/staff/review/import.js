/** Sending lists that are larger than a request may be: part by part, then the form without them. */

const ENOUGH_BYTES = 900_000; // of files that the form itself carries
const TRIES = 3;
const WAIT_MS = 1000;

const form = /** @type {HTMLFormElement | null} */ (document.getElementById("upload"));
form?.addEventListener("submit", (event) => submit(event, form));

/**
 * @param {SubmitEvent} event
 * @param {HTMLFormElement} form
 */
async function submit(event, form) {
  const chooser = /** @type {HTMLInputElement} */ (form.elements.namedItem("lists"));
  const files = [...(chooser.files ?? [])];
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  if (bytes <= ENOUGH_BYTES) return;
  event.preventDefault();
  const line = /** @type {HTMLElement} */ (document.getElementById("sending"));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector(".staff-buttons button"));
  line.hidden = false;
  if (bytes > Number(form.dataset.maxBytes)) {
    line.textContent = form.dataset.tooLarge ?? "";
    return;
  }
  button.disabled = true;
  const isSent = await sendAll(form, files, (share) => {
    line.textContent = (form.dataset.sending ?? "").replace("{percent}", String(Math.floor(share * 100)));
  });
  button.disabled = false;
  if (!isSent) {
    line.textContent = form.dataset.failed ?? "";
    return;
  }
  chooser.disabled = true; // what was sent in parts does not go once more
  const mark = document.createElement("input");
  Object.assign(mark, { type: "hidden", name: "in_parts", value: "1" });
  form.append(mark);
  form.submit();
  mark.remove(); // who comes back finds the form as it was
  chooser.disabled = false;
  line.hidden = true;
}

/**
 * Send every part of every file; false where that is not possible.
 * @param {HTMLFormElement} form
 * @param {File[]} files
 * @param {(share: number) => void} onProgress
 */
async function sendAll(form, files, onProgress) {
  const size = Number(form.dataset.partBytes);
  const parts = files.flatMap((file, number) =>
    Array.from({ length: Math.max(1, Math.ceil(file.size / size)) }, (_, part) => ({ file, number, part })),
  );
  for (const [done, { file, number, part }] of parts.entries()) {
    onProgress(done / parts.length);
    const query = new URLSearchParams({
      upload: value(form, "upload"),
      file: String(number),
      part: String(part),
      name: file.name,
    });
    const data = file.slice(part * size, (part + 1) * size);
    if (!(await sendPart(`${form.dataset.parts}?${query}`, data, value(form, "csrf_token")))) return false;
  }
  return true;
}

/**
 * Send a part, again where the network fails.
 * @param {string} address
 * @param {Blob} data
 * @param {string} token
 */
async function sendPart(address, data, token) {
  const headers = { "Content-Type": "application/octet-stream", "X-CSRF-Token": token };
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    try {
      const response = await fetch(address, { method: "POST", headers, body: data });
      if (response.ok) return true;
      if (response.status < 500 && response.status !== 429) return false;
    } catch {
      // tried again
    }
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS * attempt));
  }
  return false;
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 */
function value(form, name) {
  return /** @type {HTMLInputElement} */ (form.elements.namedItem(name)).value;
}
