/** Reports of this phone: the form opens at the tap of a station's button, and what waits is sent. */

import { ReportForm } from "./form.js";
import { OPEN, SENT, note } from "./form_loader.js";
import { flush } from "./outbox.js";
import { outcomeText, receiptLink } from "./report_texts.js";
import { reportSite } from "./site.js";
import { resource } from "../shared/resource.js";
import { translatorOf } from "../shared/translate.js";

const MAX_PAUSE_MS = 600_000;

const site = reportSite();
const words = Promise.all([resource("words"), resource("report-words")]).then((all) =>
  translatorOf(Object.assign({}, ...all)),
);
/** @type {ReportForm | null} */
let form = null;
let timer = 0;

document.addEventListener(OPEN, (event) => {
  const opened = /** @type {CustomEvent<import("./form_loader.js").Opened>} */ (event).detail;
  void words.then((translate) => {
    form?.close();
    const made = new ReportForm(translate, site, opened, send);
    form = made;
    made.open();
  });
});
addEventListener("online", () => void send());
addEventListener("pageshow", () => void send());
document.addEventListener("visibilitychange", () => {
  // Who puts the phone away has said all there is to say.
  if (document.hidden) void form?.release();
  else void send();
});
void send();

/** Send what waits, and again later what still does. */
async function send() {
  clearTimeout(timer);
  const againMs = await flush(site.api, (outcome) => void tell(outcome)).catch(() => MAX_PAUSE_MS);
  if (againMs) timer = setTimeout(() => void send(), Math.min(againMs, MAX_PAUSE_MS));
  await form?.flushed();
}

/** @param {import("./outbox.js").Outcome} outcome */
async function tell(outcome) {
  document.dispatchEvent(new Event(SENT));
  const translate = await words;
  if (form?.isAbout(outcome)) return form.settled(outcome);
  const { receipt } = outcome;
  note(outcomeText(translate, outcome), ...(receipt.code ? [" ", receiptLink(translate, site, receipt)] : []));
}
