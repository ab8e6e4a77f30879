/** Places of the city in a script of their own: it comes when the search field is first used, or after a while. */

import * as places from "./named_places.js";
import { handOverLate } from "../shared/late_script.js";

handOverLate({ places });
