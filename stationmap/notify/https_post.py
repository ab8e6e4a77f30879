"""Messages by https to the robots' providers, to nobody else."""

from __future__ import annotations

from collections.abc import Callable
from urllib.request import OpenerDirector

from stationmap import https_json
from stationmap.https_json import Answer
from stationmap.notify.outcome import Outcome

HOSTS = frozenset({"oapi.dingtalk.com", "qyapi.weixin.qq.com", "open.feishu.cn", "open.larksuite.com"})

Post = Callable[[str, bytes], "Answer | Outcome"]
"""Sends JSON to an address; an Outcome says why there is no answer."""


def poster(opened_by: OpenerDirector | None = None) -> Post:
    """Return the function that sends; `opened_by` takes the place of the usual `opener`."""
    ask = https_json.asker(HOSTS, opened_by)

    def post(address: str, body: bytes) -> Answer | Outcome:
        answer = ask(address, body)
        return answer if isinstance(answer, Answer) else Outcome(answer)

    return post
