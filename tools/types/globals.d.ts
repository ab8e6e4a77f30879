// Libraries the page loads by a script element, each of which makes a name of its own.
declare const Supercluster: typeof import("supercluster");
