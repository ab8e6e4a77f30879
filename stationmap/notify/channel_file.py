"""The file of channels: TOML with their secrets, so that none stands in the environment or in a list of processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from stationmap import files, toml_file
from stationmap.notify.channels import MAX_RECIPIENTS, Channel, Mailbox, Robot
from stationmap.settings_sources import InvalidSettingsError

MAX_FILE_BYTES = 65_536
MAX_CHANNELS = 20

_TABLES: dict[str, type[Robot | Mailbox]] = {"robot": Robot, "email": Mailbox}
_MEMBERS = {
    "name": "1 至 64 个字，首尾无空格 1 to 64 characters without blanks around them",
    "language": "zh 或 or en",
    "webhook": (
        "钉钉、企业微信、飞书机器人的完整 Webhook 地址（https 开头，不加别的参数） "
        "the whole webhook address of a robot of DingTalk, WeCom or Feishu, with nothing added"
    ),
    "secret": "机器人的加签密钥，文字 the secret by which messages to a robot are signed, as text",
    "server": "邮件服务器的名称，不带端口 the name of a mail server, without a port",
    "port": "1 至 65535 的整数 a whole number from 1 to 65535",
    "user": "登录邮件服务器的用户名 the name by which the mail server is signed in to",
    "password": "密码或授权码，文字 a password, as text",
    "sender": "一个邮箱地址 one e-mail address",
    "recipients": f"1 至 {MAX_RECIPIENTS} 个邮箱地址的列表 a list of 1 to {MAX_RECIPIENTS} e-mail addresses",
}
_WHOLE = {
    "robot": "企业微信机器人没有加签密钥，请删去 secret robots of WeCom have no secret: remove it",
    "email": "user 与 password 要同时填写 user and password belong together",
}


class InvalidChannelsError(InvalidSettingsError):
    """A file of channels cannot be used; the message has a line for each problem, and none of its secrets."""


def read(path: Path) -> tuple[Channel, ...]:
    """Read the channels of a file; raises FileError, or InvalidChannelsError with every problem."""
    data, status = files.read_with_status(path, max_bytes=MAX_FILE_BYTES)
    problems = []
    if toml_file.is_open_to_others(status):
        problems.append(f"{toml_file.CLOSE_IT} 600")
    try:
        document = toml_file.parse(data)
    except toml_file.InvalidTomlError as error:
        problems.append(str(error))
        document = None
    channels: list[Channel] = []
    if document is not None:
        problems += _problems(document, channels)
    if problems:
        raise InvalidChannelsError("\n".join(f"{path}: {problem}" for problem in problems))
    return tuple(channels)


def _problems(document: dict[str, Any], channels: list[Channel]) -> Iterator[str]:
    """Yield what is wrong with a document, and add to `channels` those that are right."""
    if unknown := document.keys() - _TABLES.keys():
        yield f"没有这样的表 no such table: {', '.join(sorted(unknown))}; [[robot]], [[email]]"
    for table, kind in _TABLES.items():
        entries = document.get(table, [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            yield f"{table}: 要写成 is written as [[{table}]]"
            continue
        for number, entry in enumerate(entries, start=1):
            try:
                channels.append(kind.model_validate(entry))
            except ValidationError as error:
                yield from (f"[[{table}]] {number}: {each}" for each in _faults(table, error))
    if not any(document.get(table) for table in _TABLES):
        yield "没有渠道 has no channel: [[robot]], [[email]]"
    yield from _repeated(channels)
    if len(channels) > MAX_CHANNELS:
        yield f"渠道多于 more channels than {MAX_CHANNELS}"


def _faults(table: str, error: ValidationError) -> Iterator[str]:
    """Yield a line for each member that cannot be; never its value."""
    seen = set()
    for each in error.errors(include_input=False, include_url=False, include_context=False):
        member = str(each["loc"][0]) if each["loc"] else ""
        if member in seen:
            continue
        seen.add(member)
        if not member:
            yield _WHOLE[table]
        elif each["type"] == "extra_forbidden":
            yield f"{member}: 没有这一项 no such member"
        elif each["type"] == "missing":
            yield f"{member}: 缺少，应为 missing: {_MEMBERS[member]}"
        else:
            yield f"{member}: 应为 has to be: {_MEMBERS[member]}"


def _repeated(channels: list[Channel]) -> Iterator[str]:
    for name, count in Counter(channel.name for channel in channels).items():
        if count > 1:
            yield f"名称重复 a name of more than one channel: {name}"
    robots = Counter(channel.webhook.get_secret_value() for channel in channels if isinstance(channel, Robot))
    for address, count in robots.items():
        if count > 1:
            named = (c.name for c in channels if isinstance(c, Robot) and c.webhook.get_secret_value() == address)
            yield f"同一个机器人 one and the same robot: {', '.join(named)}"
