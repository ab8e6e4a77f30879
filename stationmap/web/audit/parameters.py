"""What may be asked of the audit: the parameters of its addresses and the members of a job."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stationmap.audit.output.result_tables import OUTCOMES
from stationmap.defaults import OBJECTIVES, RADIUS_M, TRAVELS
from stationmap.i18n import DEFAULT_LANGUAGE
from stationmap.registry.model import FACILITIES, WHO
from stationmap.web.api.parameters import By
from stationmap.web.audit.tasks import KINDS
from stationmap.web.parameters.filters import Categories, Language
from stationmap.web.parameters.reading import Parameters
from stationmap.web.parameters.values import Day, Maybe, Moment, OneOf, Says, SomeOf, Words

MAX_SITES = 200
MAX_RADIUS_M, MAX_MINUTES = 10_000.0, 120.0
"""On the page and by its interface: ten times the rule, half an hour by e-bike, and eight times the rule's minutes. The
command line takes more."""

Metres = Annotated[float, Field(ge=1, le=MAX_RADIUS_M)]
StudyDay = Annotated[Maybe[Day], Says("研究的日期，默认今天", "The day studied; today unless given", "2026-11-30")]


class AuditQuery(Parameters):
    """Who counts as served, by which stations and when."""

    radius: Annotated[
        Maybe[Metres], Says(f"服务半径，米，默认 {RADIUS_M:g}", f"Metres; {RADIUS_M:g} unless given", 1000)
    ] = None
    category: Categories = ()
    facility: Annotated[
        tuple[str, ...], SomeOf(FACILITIES), Says("须全部具备的设施，可重复", "All of these facilities; repeatable")
    ] = ()
    who: Annotated[
        tuple[str, ...],
        SomeOf(WHO),
        Says("谁可以进入，可重复；默认骑手可进的", "One of these may enter; those open to riders unless given"),
    ] = ()
    at: Annotated[
        Maybe[Moment],
        Says("now，或带时区的时刻；默认任何时间", '"now", or a time with its offset; any time unless given'),
    ] = None
    day: StudyDay = None
    possible: Annotated[
        bool,
        Says("可能可用的站点也计入", "Gaps and sites are those left by stations that possibly count as well"),
    ] = False
    by: By = "straight"
    travel: Annotated[
        Maybe[Annotated[str, OneOf(TRAVELS)]],
        Says("沿道路时步行或电动车", "With `by=network`: on foot or by e-bike"),
    ] = None
    minutes: Annotated[
        Maybe[Annotated[float, Field(ge=0.1, le=MAX_MINUTES)]],
        Says("沿道路时的分钟数，或用 radius", "With `by=network`: minutes, or `radius` for metres along the streets"),
    ] = None


class WeekQuery(Parameters):
    """`GET /api/v1/audit/week`."""

    day: StudyDay = None


class FileQuery(AuditQuery):
    """An outcome as a file, and the whole report."""

    lang: Language = DEFAULT_LANGUAGE
    outcome: Annotated[str, OneOf((*OUTCOMES, "sites")), Says("哪项结果", "Which outcome")] = "coverage"
    job: Annotated[Maybe[Annotated[str, Words(64)]], Says("选址任务的编号", "The job that proposed the sites")] = None


class JobBody(AuditQuery):
    """`POST /api/v1/audit/jobs`: what is to be looked for."""

    kind: Annotated[str, OneOf(KINDS), Says("gaps 空白，或 sites 选址", "Gaps, or sites to propose")]
    objective: Annotated[Maybe[Annotated[str, OneOf(OBJECTIVES)]], Says("选址的目标", "What sites are chosen for")] = (
        None
    )
    n: Annotated[Maybe[Annotated[int, Field(ge=1, le=MAX_SITES)]], Says("选几处", "How many sites")] = None
    share: Annotated[
        Maybe[Annotated[float, Field(ge=0.001, le=1)]],
        Says("set_cover 要覆盖的人口比例", "The share of people to cover, for `set_cover`"),
    ] = None
    spacing: Annotated[
        Maybe[Annotated[float, Field(ge=0, le=MAX_RADIUS_M)]],
        Says("选址之间的最小距离，米", "Metres between sites at least"),
    ] = None
    seed: Annotated[
        Maybe[Annotated[int, Field(ge=0, le=999_999_999)]], Says("随机种子", "The seed of what is random")
    ] = None
