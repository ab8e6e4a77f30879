"""What is said of the routes of reports in the description of the API."""

from __future__ import annotations

from stationmap.web.api.feed_answers import MarksNow
from stationmap.web.api.operations import STATION
from stationmap.web.openapi.operation import UNCHANGED, Answer, Operation, PathParameter, Said
from stationmap.web.openapi.problem import PROBLEM, WHY
from stationmap.web.reports import answers
from stationmap.web.reports.parameters import RequestsQuery
from stationmap.web.reports.requests import ReportBody

CODE = {"code": PathParameter(Said("反馈的回执", "The receipt of a report"), "ABCDEFGHIJ", is_there=False)}
REQUEST = {"request_id": PathParameter(Said("Open311 编号", "The id of a request"), "2026-11-30-1", is_there=False)}
REFUSED = Answer(Said("有误", "What is wrong"), answers.Open311Errors)

REPORT = Operation(
    id="report",
    tag="reports",
    summary=Said("骑手反馈一个站点", "Report something of a station"),
    description=Said("同一编号可重发，只记一次。", "It is sent as often as need be and kept once, by its id."),
    body=ReportBody,
    answers={
        201: Answer(Said("已收到", "It was taken"), answers.Receipt),
        200: Answer(Said("先前已收到", "It was taken before"), answers.Receipt),
        428: Answer(WHY[428], answers.ProofWanted, (PROBLEM,)),
    },
    problems=(404, 409, 413, 415, 429, 503),
    example={
        "id": "8f14e45f-ceea-467f-a8f5-0b6a1f3c9d21",
        "station_id": "xz-320311-0065",
        "kind": "locked",
        "said_at": "2026-11-30T12:00:00+08:00",
        "device": "a-device-of-mine",
    },
    changes=True,
)
FOLLOWED = Operation(
    id="followedReport",
    tag="reports",
    summary=Said("一条反馈的办理情况", "What became of a report"),
    path=CODE,
    answers={200: Answer(Said("办理情况", "What became of it"), answers.Followed)},
    problems=(404, 429, 503),
)
REOPEN = Operation(
    id="reopenReport",
    tag="reports",
    summary=Said("仍未解决，重新受理", "It is still not so: the report is new again"),
    path=CODE,
    answers={200: Answer(Said("重新受理", "It is new again"), answers.NewState)},
    problems=(404, 409, 503),
    changes=True,
)
DELETE = Operation(
    id="deleteReport",
    tag="reports",
    summary=Said("撤回反馈及其全部内容", "Take a report back, with all that belongs to it"),
    path=CODE,
    answers={200: Answer(Said("已删除", "It is deleted"), answers.NewState)},
    problems=(404, 503),
    changes=True,
)
MARKS = Operation(
    id="marks",
    tag="reports",
    summary=Said("目前有效的全部反馈标记", "Everything that riders' reports amount to at present"),
    answers={200: Answer(Said("标记", "Marks"), MarksNow, headers=("ETag",)), 304: UNCHANGED},
    example="",
)
STATION_REPORTS = Operation(
    id="stationReports",
    tag="reports",
    summary=Said("一个站点的公示时间和近期反馈", "What is posted of a station now, and what others reported"),
    path=STATION,
    answers={200: Answer(Said("反馈", "Reports"), answers.StationReports)},
    problems=(404, 503),
)
SERVICES = Operation(
    id="open311Services",
    tag="open311",
    summary=Said("反馈的种类", "The kinds of reports"),
    answers={200: Answer(Said("种类", "Kinds"), answers.Services)},
    problems=(404, 503),
    example="",
)
REQUESTS = Operation(
    id="open311Requests",
    tag="open311",
    summary=Said("反馈，新的在前", "Reports, the latest received first"),
    query=RequestsQuery,
    answers={200: Answer(Said("反馈", "Reports"), answers.ServiceRequests), 400: REFUSED},
    problems=(404, 503),
    example="status=open&page_size=5",
)
ONE_REQUEST = Operation(
    id="open311Request",
    tag="open311",
    summary=Said("一条反馈", "One report"),
    path=REQUEST,
    answers={
        200: Answer(Said("一条反馈", "A list of that one"), answers.ServiceRequests),
        400: REFUSED,
        404: Answer(WHY[404], answers.Open311Errors),
    },
    problems=(503,),
)
