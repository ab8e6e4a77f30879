/** The first page of staff: goes on by itself once what needs care was worked out. */

import { follow } from "./working.js";

follow();
