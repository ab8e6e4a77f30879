/** The page that stands in for that of a station while the server does not answer. */

import { fill, shellOf } from "./kept_sheet.js";

const shell = shellOf(document);
const home = /** @type {HTMLAnchorElement} */ (shell.sheet.querySelector("[data-back]"));
// Of a link that was cut off nothing may be left that names a station.
if (location.pathname === shell.site.pages) location.replace(home.href);
else void fill(shell);
