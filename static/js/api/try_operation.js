/** The page of the API: sends the example of an operation from here and shows what is answered, as text. */

const MOST_SIGNS = 20_000;

/** @param {string} text @returns {string} JSON with its members in lines, any other text as it is */
function inLines(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** @param {HTMLButtonElement} button @param {DOMStringMap} words @returns {Promise<string>} what is answered */
async function answerOf(button, words) {
  const { method = "GET", path = "/", body = "" } = button.dataset;
  const headers = body ? { "Content-Type": "application/json" } : undefined;
  const response = await fetch(`${words.base}${path}`, { method, headers, body: body || undefined });
  const type = response.headers.get("Content-Type") ?? "";
  const text = /json|text/.test(type) ? inLines(await response.text()) : `${(await response.blob()).size} B`;
  const shown = text.length > MOST_SIGNS ? `${text.slice(0, MOST_SIGNS)}\n… ${words.longer}` : text;
  return `${response.status} ${response.statusText}\n${type}\n\n${shown}`;
}

const page = /** @type {HTMLElement} */ (document.querySelector("main"));
for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (page.querySelectorAll("button[data-method]"))) {
  const answer = /** @type {HTMLElement} */ (button.parentElement?.nextElementSibling);
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    answer.hidden = false;
    answer.textContent = page.dataset.sending ?? "";
    try {
      answer.textContent = await answerOf(button, page.dataset);
    } catch {
      answer.textContent = page.dataset.failed ?? "";
    }
    button.disabled = false;
  });
}
