/** The page that stands in for that of a station while the server does not answer. */

import { fill, shellOf } from "./kept_sheet.js";

void fill(shellOf(document));
