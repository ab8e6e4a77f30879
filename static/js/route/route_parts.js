/** A route and ways by streets, in a script of their own: it comes when one of them is used. */

import * as route from "./use.js";
import { handOverLate } from "../shared/late_script.js";

handOverLate({ route });
