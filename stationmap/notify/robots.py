"""Messages to robots of groups: how each provider wants them signed and written, and what its answers mean.

DingTalk: open.dingtalk.com/document, custom robots; WeCom: developer.work.weixin.qq.com/document/path/91770;
Feishu: open.feishu.cn/document, custom bots. All take at least 20 messages a minute.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote_plus

import orjson

from stationmap.https_json import Answer
from stationmap.notify.channels import ProviderName, Robot
from stationmap.notify.https_post import Post
from stationmap.notify.message import Message, fitted
from stationmap.notify.outcome import Outcome, Reason

_MAX_BYTES = 4_000


class _Provider(NamedTuple):
    """How a provider is spoken to: the member of its answers that is 0 where all is well, and what others mean."""

    request: Callable[[Robot, Message, datetime], tuple[str, dict[str, Any]]]
    code: str
    reasons: dict[int, Reason]
    max_bytes: int = _MAX_BYTES


def send(robot: Robot, message: Message, at: datetime, post: Post) -> Outcome:
    """Send a message to a robot and return what became of it; `at` is the moment, which signatures hold."""
    provider = _PROVIDERS[robot.provider]
    address, document = provider.request(robot, fitted(message, provider.max_bytes, robot.language), at)
    answer = post(address, orjson.dumps(document))
    return answer if isinstance(answer, Outcome) else _outcome(answer, provider)


def _outcome(answer: Answer, provider: _Provider) -> Outcome:
    code = answer.document.get(provider.code)
    if answer.status == 200 and code == 0:
        return Outcome("sent")
    if isinstance(code, int):
        return Outcome(provider.reasons.get(code, "refused"), str(code))
    if answer.status == 429:
        return Outcome("too_often", "HTTP 429")
    return Outcome("unreachable" if answer.status >= 500 else "refused", f"HTTP {answer.status}")


def _dingtalk(robot: Robot, message: Message, at: datetime) -> tuple[str, dict[str, Any]]:
    address, secret = robot.webhook.get_secret_value(), robot.secret.get_secret_value()
    if secret:
        moment_ms = int(at.timestamp() * 1000)
        sign = _hmac(secret.encode(), f"{moment_ms}\n{secret}".encode())
        address += f"&timestamp={moment_ms}&sign={quote_plus(sign)}"
    return address, {"msgtype": "text", "text": {"content": message.text()}}


def _wecom(robot: Robot, message: Message, _at: datetime) -> tuple[str, dict[str, Any]]:
    return robot.webhook.get_secret_value(), {"msgtype": "text", "text": {"content": message.text()}}


def _feishu(robot: Robot, message: Message, at: datetime) -> tuple[str, dict[str, Any]]:
    """Return a message of paragraphs: in Feishu's plain text, `<at>` of a station's name would call everybody."""
    lines = [[{"tag": "text", "text": line}] for line in (*message.lines, *message.below)]
    link = [[{"tag": "a", "text": message.link, "href": message.link}]] if message.link else []
    post = {"title": message.title, "content": lines + link}
    document: dict[str, Any] = {"msg_type": "post", "content": {"post": {"zh_cn": post}}}
    if secret := robot.secret.get_secret_value():
        moment_s = int(at.timestamp())
        # Feishu's own way: what others sign is the key here, and nothing is signed.
        document |= {"timestamp": str(moment_s), "sign": _hmac(f"{moment_s}\n{secret}".encode(), b"")}
    return robot.webhook.get_secret_value(), document


def _hmac(key: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


_DINGTALK: dict[int, Reason] = {
    130101: "too_often",
    410100: "too_often",
    310000: "security",
    300001: "gone",
    300005: "gone",
    400101: "gone",
    400102: "gone",
}
_WECOM: dict[int, Reason] = {45009: "too_often", 60020: "security", 93000: "gone"}
_FEISHU: dict[int, Reason] = {
    9499: "too_often",
    11232: "too_often",
    19001: "gone",
    19021: "security",
    19022: "security",
    19024: "security",
}
_PROVIDERS: dict[ProviderName, _Provider] = {
    "dingtalk": _Provider(_dingtalk, "errcode", _DINGTALK),
    "wecom": _Provider(_wecom, "errcode", _WECOM, max_bytes=2_048),
    "feishu": _Provider(_feishu, "code", _FEISHU),
}
