"""Where digests go: robots of groups and mailboxes, as an operator's file describes them.

A robot's address is its secret, too: who knows it may write into the group. Nothing here shows one when it is printed.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from stationmap.i18n import DEFAULT_LANGUAGE, LANGUAGES

ProviderName = Literal["dingtalk", "wecom", "feishu"]

MAX_RECIPIENTS = 20
DIRECT_TLS_PORT = 465
"""Where a mail server speaks TLS from the first byte; at any other port it begins by STARTTLS."""

_WEBHOOKS: dict[ProviderName, re.Pattern[str]] = {
    "dingtalk": re.compile(r"https://oapi\.dingtalk\.com/robot/send\?access_token=[0-9A-Za-z]{16,128}"),
    "wecom": re.compile(r"https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=[0-9A-Za-z-]{16,64}"),
    "feishu": re.compile(r"https://open\.(feishu\.cn|larksuite\.com)/open-apis/bot/v2/hook/[0-9A-Za-z-]{16,64}"),
}

_ADDRESS = r"^[^\s@<>,;:\"\\\x00-\x20\x7f]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"
_HOST = r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$"

Name = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]{0,62}[^\x00-\x20\x7f])?$")]
Address = Annotated[str, StringConstraints(max_length=254, pattern=_ADDRESS)]


def _spoken(language: str) -> str:
    if language not in LANGUAGES:
        raise ValueError("no such language")
    return language


Language = Annotated[str, AfterValidator(_spoken)]


def _known(webhook: SecretStr) -> SecretStr:
    if _provider(webhook) is None:
        raise ValueError("no webhook of a robot")
    return webhook


def _provider(webhook: SecretStr) -> ProviderName | None:
    address = webhook.get_secret_value()
    return next((name for name, pattern in _WEBHOOKS.items() if pattern.fullmatch(address)), None)


class _Channel(BaseModel):
    """What all channels have: a name by which logs and the database call it, and the language of its messages."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    name: Name
    language: Language = DEFAULT_LANGUAGE


class Robot(_Channel):
    """A robot of a group of DingTalk, WeCom or Feishu; `secret` signs what it is sent, where the provider signs."""

    webhook: Annotated[SecretStr, AfterValidator(_known)]
    secret: SecretStr = SecretStr("")

    @property
    def provider(self) -> ProviderName:
        """Whose robot it is, by its address."""
        found = _provider(self.webhook)
        assert found is not None
        return found

    @model_validator(mode="after")
    def _signs(self) -> Robot:
        if self.provider == "wecom" and self.secret.get_secret_value():
            raise ValueError("WeCom signs nothing")
        return self


class Mailbox(_Channel):
    """People who get digests by e-mail, and the mail server that takes it for them, always by TLS."""

    server: Annotated[str, StringConstraints(pattern=_HOST)]
    port: Annotated[int, Field(ge=1, le=65_535)] = DIRECT_TLS_PORT
    user: Annotated[str, StringConstraints(max_length=254)] = ""
    password: SecretStr = SecretStr("")
    sender: Address
    recipients: Annotated[tuple[Address, ...], Field(min_length=1, max_length=MAX_RECIPIENTS, strict=False)]

    @model_validator(mode="after")
    def _signs_in(self) -> Mailbox:
        if bool(self.user) != bool(self.password.get_secret_value()):
            raise ValueError("user and password belong together")
        return self


Channel = Robot | Mailbox


def kind_of(channel: Channel) -> str:
    """Return what sort of channel it is: the provider of a robot, or email."""
    return channel.provider if isinstance(channel, Robot) else "email"
