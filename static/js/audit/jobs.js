/** Work the server does beside its answers: begun, polled, ended early, cancelled. */

export const API = "api/v1/audit"; // beside the page, wherever a proxy has put it
const POLL_MS = 400;

const BUSY = 503;
const GONE = [502, 503, 504]; // what a proxy says while the server starts anew
const MAX_WAIT_MS = 60_000;

/**
 * @template Result
 * @typedef {object} JobDocument what the server says of a job
 * @property {string} id
 * @property {number} progress from 0 to 1
 * @property {string} phase
 * @property {"waiting" | "running" | "done" | "failed" | "lost"} status
 * @property {Result} [result] of a job that is done
 * @property {string} [detail] of one that failed
 */

/** The server answered with an error; the message is what it says of it. */
export class RequestError extends Error {
  /**
   * @param {string} [detail]
   * @param {number} [status]
   */
  constructor(detail = "", status = 0) {
    super(detail);
    this.status = status;
  }
}

/** The server ended before the work was done. */
class LostError extends Error {}

/** @template {object} Result of the work */
export class Job {
  /**
   * @param {string} address where jobs are begun
   * @param {Record<string, unknown>} parameters
   * @param {(progress: number, phase: string, status: string) => void} onProgress
   */
  constructor(address, parameters, onProgress) {
    this.address = address;
    this.parameters = parameters;
    this.onProgress = onProgress;
    this.url = "";
    this.isCancelled = false;
    this.isEnough = false;
    this.polling = new AbortController();
    // A page that is left for good, not one the browser keeps for the way back.
    const leave = (/** @type {PageTransitionEvent} */ { persisted }) => persisted || this.cancel();
    addEventListener("pagehide", leave, { signal: this.polling.signal });
  }

  /**
   * Do the work; null once it was cancelled.
   * @returns {Promise<(Result & {job: string}) | null>}
   */
  async result() {
    try {
      return await this.done();
    } catch (error) {
      if (this.isCancelled) return null; // the server knows nothing of it any more
      throw error;
    }
  }

  async done() {
    const request = {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(this.parameters),
    };
    let job = /** @type {JobDocument<Result>} */ (await fetchJson(this.address, request));
    this.url = `${this.address}/${job.id}`;
    if (this.isEnough) this.askToEnd();
    while (!this.isCancelled) {
      this.onProgress(job.progress, job.phase, job.status);
      if (job.status === "done") return { .../** @type {Result} */ (job.result), job: job.id };
      if (job.status === "failed") throw new RequestError(job.detail);
      if (job.status === "lost") throw new LostError();
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      if (this.isCancelled) break;
      job = await this.polled();
    }
    this.drop();
    return null;
  }

  /**
   * Ask how far the job is; while there is no answer, again: the server may start anew, and knows of the job then.
   * @returns {Promise<JobDocument<Result>>}
   */
  async polled() {
    const end = Date.now() + MAX_WAIT_MS;
    for (;;) {
      try {
        return /** @type {JobDocument<Result>} */ (await fetchJson(this.url, { signal: this.polling.signal }));
      } catch (error) {
        const isGone = !(error instanceof RequestError) || GONE.includes(error.status);
        if (this.isCancelled || !isGone || Date.now() > end) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Let the job end with the best it has found so far, which is then its result. */
  endEarly() {
    this.isEnough = true;
    if (this.url) this.askToEnd();
  }

  /** Ask the server to end the job; where it does not hear of it, the job may be asked again. */
  askToEnd() {
    fetchJson(`${this.url}/enough`, { method: "POST" }).catch(() => {
      this.isEnough = false;
    });
  }

  /** Cancel the job: nobody wants its result any more. */
  cancel() {
    this.isCancelled = true;
    // Only polling is aborted: if the request that begins the job were, nobody would learn what to cancel.
    this.polling.abort();
    this.drop();
  }

  /** Let the server forget the job, as soon as its address is known, and once. */
  drop() {
    if (this.url) fetch(this.url, { method: "DELETE", keepalive: true }).catch(() => undefined);
    this.url = "";
  }
}

/**
 * @param {string} address
 * @param {RequestInit} [how]
 * @returns {Promise<unknown>} the document; throws a RequestError where there is none
 */
export async function fetchJson(address, how) {
  const got = await fetch(address, how);
  const content = await got.json().catch(() => ({})); // a proxy answers with a page of its own
  if (!got.ok) throw new RequestError(content.detail, got.status);
  return content;
}

/**
 * Request what the page cannot do without; while the server is busy, again after the time its Retry-After names.
 * @param {string} address
 * @param {() => void} onWait called before each pause
 * @returns {Promise<Response>} that of the last time
 */
export async function fetchWithRetry(address, onWait) {
  const end = Date.now() + MAX_WAIT_MS;
  for (;;) {
    const got = await fetch(address);
    const pauseMs = 1000 * Number(got.headers.get("Retry-After"));
    if (got.status !== BUSY || !pauseMs || Date.now() + pauseMs > end) return got;
    onWait();
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/**
 * Return what to show where there is no result.
 * @param {import("../shared/translate.js").Translate} translate
 * @param {unknown} error
 */
export function errorText(translate, error) {
  if (error instanceof LostError) return translate("audit.page.lost");
  const isKnown = error instanceof RequestError;
  if (!isKnown) console.warn(error);
  if (isKnown && error.status === BUSY) return translate("audit.page.busy");
  return translate("audit.page.refused", { detail: isKnown ? error.message : "" });
}
