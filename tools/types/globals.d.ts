// Libraries the page loads by a script element, each of which makes a name of its own.
// What was tapped before the finder could act on it (early_taps.js).
declare var earlyTaps: Element[] | null;

// static/rules.json, of which the bundler puts the values in place; modules import it.
declare const RULES: typeof import("../../static/rules.json");

declare const Supercluster: typeof import("supercluster");

// What a worker may do that a page may not.
declare function importScripts(address: string): void;
