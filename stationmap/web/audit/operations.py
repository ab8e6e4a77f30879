"""What is said of the routes of the audit in the description of the API."""

from __future__ import annotations

from stationmap.audit.output.export import FORMS
from stationmap.web.audit import answers
from stationmap.web.audit.parameters import AuditQuery, FileQuery, JobBody, WeekQuery
from stationmap.web.openapi.operation import OCTETS, UNCHANGED, Answer, Operation, PathParameter, Said

PROBLEMS = (401, 403, 503)
COLUMNS = Said("一个 JSON 头和若干列，见 docs/api.md", "A header of JSON, then columns; see docs/api.md")
JOB_ID = {"job_id": PathParameter(Said("任务编号", "The id of a job"), "fedcba9876543210", is_there=False)}

CELLS = Operation(
    id="auditCells",
    tag="audit",
    summary=Said("网格、人口和站点", "Cells, people and stations"),
    answers={
        200: Answer(COLUMNS, media_types=(OCTETS,), headers=("ETag",)),
        304: UNCHANGED,
    },
    problems=PROBLEMS,
)
WAYS = Operation(
    id="auditWays",
    tag="audit",
    summary=Said("各网格沿道路离站点多远", "How far every cell is from stations along streets"),
    query=AuditQuery,
    answers={200: Answer(COLUMNS, media_types=(OCTETS,))},
    problems=PROBLEMS,
)
WEEK = Operation(
    id="auditWeek",
    tag="audit",
    summary=Said("一周的开放时间和临时关闭", "Hours and closures in the week of a day"),
    query=WeekQuery,
    answers={200: Answer(COLUMNS, media_types=(OCTETS,))},
    problems=PROBLEMS,
)
HOURS = Operation(
    id="auditHours",
    tag="audit",
    summary=Said("一周每小时能到开放站点的人数", "People in reach of an open station at each hour of the week"),
    query=AuditQuery,
    answers={200: Answer(Said("人数", "People"), answers.Hours)},
    problems=PROBLEMS,
    example="radius=1000",
)
DOWNLOAD = Operation(
    id="auditDownload",
    tag="audit",
    summary=Said("下载一项审计结果", "An outcome of the audit as a file"),
    query=FileQuery,
    path={"ending": PathParameter(Said("文件的后缀", "The ending of the file"), ".csv", codes=tuple(FORMS))},
    answers={
        200: Answer(
            Said("文件", "The file"), media_types=tuple(dict.fromkeys(form.media_type for form in FORMS.values()))
        )
    },
    problems=(*PROBLEMS, 404),
)
REPORT = Operation(
    id="auditReport",
    tag="audit",
    summary=Said("整份审计报告", "The whole audit as one file to read or print"),
    query=FileQuery,
    answers={200: Answer(Said("网页文件", "A page in one file"), media_types=("text/html",))},
    problems=PROBLEMS,
)
BEGIN = Operation(
    id="beginAuditJob",
    tag="audit",
    summary=Said("开始查找服务空白或选址", "Begin to look for gaps or sites"),
    body=JobBody,
    answers={202: Answer(Said("已开始", "It was begun"), answers.Job, headers=("Location",))},
    problems=(*PROBLEMS, 413, 415),
    example={"kind": "gaps", "radius": 1000},
    changes=True,
)
JOB = Operation(
    id="auditJob",
    tag="audit",
    summary=Said("任务的进度和结果", "How far a job is, and its result"),
    path=JOB_ID,
    answers={200: Answer(Said("进度", "How far it is"), answers.Job)},
    problems=(*PROBLEMS, 404),
)
ENOUGH = Operation(
    id="endAuditJobEarly",
    tag="audit",
    summary=Said("够了：用目前最好的结果结束选址", "Enough: end a search for sites with its best so far"),
    path=JOB_ID,
    answers={202: Answer(Said("即将结束", "It is about to end; how far it was"), answers.Job)},
    problems=(*PROBLEMS, 404, 409),
    changes=True,
)
CANCEL = Operation(
    id="cancelAuditJob",
    tag="audit",
    summary=Said("取消任务", "Cancel a job, or drop its result"),
    path=JOB_ID,
    answers={204: Answer(Said("已取消", "Nothing is left of it"), media_types=())},
    problems=(*PROBLEMS, 404),
    changes=True,
)
