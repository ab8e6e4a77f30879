/** The page of a group of reports: a usual answer is written into the field, points of riders are shown on a map. */

import { offerAnswers } from "./usual_answers.js";
import { showPoints } from "./report_map.js";
import { followTicks } from "./ticked_reports.js";

offerAnswers();
followTicks();
const holder = document.getElementById("report-map");
if (holder) void showPoints(holder);
