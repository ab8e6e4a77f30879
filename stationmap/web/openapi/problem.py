"""Problem documents as they are described, and why each status is answered."""

from __future__ import annotations

from stationmap.web.openapi.answer_model import AnswerModel
from stationmap.web.openapi.operation import Said
from stationmap.web.parameters.values import Maybe

PROBLEM = "application/problem+json"


class ParameterFault(AnswerModel):
    """What is wrong with one parameter; `code` is stable, and no value that was sent is repeated."""

    parameter: str
    code: str
    detail: str


class Problem(AnswerModel):
    """A problem document (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    request_id: Maybe[str] = None
    errors: Maybe[list[ParameterFault]] = None


WHY: dict[int, Said] = {
    400: Said("参数或内容有误，逐项列出", "Parameters or the body cannot be used; every fault is named"),
    401: Said("需要登录", "Sign in first"),
    403: Said("不允许", "Not allowed, or asked by a page of another site"),
    404: Said("没有", "There is nothing of this name"),
    406: Said("不提供这种格式", "Not in this form"),
    409: Said("与已有的冲突", "In conflict with what there is"),
    410: Said("时间太久，已不保留", "Too long ago"),
    413: Said("内容过大", "The body is too large"),
    415: Said("内容须为 application/json", "The body must be application/json"),
    428: Said("须先完成一次计算证明", "A proof of work is asked for"),
    429: Said("过于频繁，见 Retry-After", "Too many; see Retry-After"),
    503: Said("忙，见 Retry-After", "Busy with other answers that take long; see Retry-After"),
}
