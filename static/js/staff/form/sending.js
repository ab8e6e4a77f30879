/**
 * A form that is sent: once, however often the button is tapped; again where there is no network; after signing in where
 * the session ended. What is wrong with it, and what others changed meanwhile, are pages of the server.
 */

import { element, setChildren } from "../../shared/dom.js";
import { field } from "./fields.js";

/** @typedef {import("../../shared/translate.js").Translate} Translate */
/** @typedef {import("./keeping.js").Keeping} Keeping */

const AGAIN_MS = 10_000;
const MAX_WAIT_MS = 30_000; // for an answer; what came through all the same is not saved twice
const TO_DECIDE = [409, 422];
const STALE_FORM = 400;
const SIGNED_OUT = 401;

export class Sending {
  /**
   * @param {HTMLFormElement} form
   * @param {Translate} translate
   * @param {Keeping} keeping
   */
  constructor(form, translate, keeping) {
    this.form = form;
    this.translate = translate;
    this.keeping = keeping;
    this.state = /** @type {HTMLElement} */ (form.querySelector("#form-state"));
    this.button = /** @type {HTMLButtonElement} */ (form.querySelector("#save"));
    this.label = this.button.textContent ?? "";
    this.isSending = false;
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  start() {
    this.form.addEventListener("submit", (event) => {
      const { submitter } = event;
      if (submitter instanceof HTMLButtonElement && submitter.value !== "save") {
        this.keeping.leave();
        return;
      }
      event.preventDefault();
      void this.send();
    });
    addEventListener("online", () => this.timer !== undefined && void this.send());
    // Back to a page that the browser kept: it may be sent again.
    addEventListener("pageshow", ({ persisted }) => persisted && this.end());
  }

  async send(isAgain = false) {
    if (this.isSending && !isAgain) return;
    this.begin();
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), MAX_WAIT_MS);
    try {
      const answer = await fetch(location.href, {
        method: "POST",
        signal: patience.signal,
        headers: { Accept: "application/json" },
        body: new URLSearchParams(/** @type {string[][]} */ ([...new FormData(this.form), ["action", "save"]])),
      });
      await this.take(answer, isAgain);
    } catch {
      this.wait("form.script.no_network");
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * @param {Response} answer
   * @param {boolean} isAgain
   */
  async take(answer, isAgain) {
    if (answer.ok) {
      const { location: there } = await answer.json();
      this.keeping.done();
      location.assign(there);
    } else if (TO_DECIDE.includes(answer.status)) this.showPage();
    else if (answer.status === STALE_FORM && !isAgain) await this.renew();
    else if (answer.status === SIGNED_OUT) this.askToSignIn();
    else if (answer.status >= 500 || answer.status === 429) this.wait("form.script.busy");
    else this.say(this.translate("form.script.refused"));
  }

  /** Let the server show what is wrong, or what others changed: nothing was saved, so it may be sent once more. */
  showPage() {
    this.keeping.leave();
    this.form.append(element("input", { type: "hidden", name: "action", value: "save" }));
    HTMLFormElement.prototype.submit.call(this.form);
  }

  /** The form no longer belongs to this session: another one began in this browser, whose token it gets. */
  async renew() {
    const answer = await fetch(location.href);
    const found = answer.ok ? /name="csrf_token" value="([^"]+)"/.exec(await answer.text()) : null;
    if (!found) return this.askToSignIn();
    field(this.form, "csrf_token").value = found[1];
    await this.send(true);
  }

  askToSignIn() {
    this.keeping.keep();
    const { signIn } = this.form.dataset;
    const leave = () => this.keeping.leave();
    const link = element("a", { class: "button", href: signIn, onclick: leave }, this.translate("form.script.sign_in"));
    this.say(this.translate("form.script.signed_out"), " ", link);
    link.focus();
  }

  /** @param {string} why the key of a message */
  wait(why) {
    this.keeping.keep();
    this.say(this.translate(why));
    this.button.textContent = this.translate("form.script.again");
    this.timer = setTimeout(() => void this.send(), AGAIN_MS);
  }

  begin() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.isSending = true;
    this.button.setAttribute("aria-disabled", "true");
    this.button.textContent = this.translate("form.script.sending");
    setChildren(this.state, []);
  }

  end() {
    this.isSending = false;
    this.keeping.isLeaving = false;
    this.button.removeAttribute("aria-disabled");
    this.button.textContent = this.label;
  }

  /** @param {...(Node | string)} parts */
  say(...parts) {
    this.end();
    setChildren(this.state, parts);
  }
}
