// What static/sw.js uses of a service worker: TypeScript's own types of one exclude those of a page.

interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}

interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(answer: Response | Promise<Response>): void;
}

interface ServiceWorkerScope {
  /** What the server puts in front of the file. */
  readonly SHELL: WorkerShell;
  readonly clients: { matchAll(): Promise<readonly PageClient[]> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", act: (event: ExtendableEvent) => void): void;
  addEventListener(type: "fetch", act: (event: FetchEvent) => void): void;
}

interface PageClient {
  postMessage(message: string): void;
}

interface WorkerShell {
  readonly generation: string;
  /** The first is the default. */
  readonly languages: readonly string[];
  /** What is kept from the second page on. */
  readonly later: readonly string[];
  /** Path of the finder. */
  readonly finder: string;
  /** Path above the pages of stations. */
  readonly station: string;
  /** Path of the feed. */
  readonly feed: string;
  /** Paths that never change their content. */
  readonly files: string[];
}
