"""`stationmap users`: the accounts of staff, for whoever runs the server.

No password is typed or printed here: who is added chooses one by a link that works once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from stationmap.accounts.roles import ROLES, Role
from stationmap.cli.audit_tables import MIN_WIDTH
from stationmap.cli.bilingual import both
from stationmap.cli.options import json_option, now, settings
from stationmap.cli.targets import Group
from stationmap.cli.terminal import console, plain, print_json

if TYPE_CHECKING:
    import sqlalchemy as sa

    from stationmap.accounts.administration import By
    from stationmap.accounts.sessions import Session
    from stationmap.accounts.users import User

login_argument = click.argument("login", metavar="LOGIN")


@click.group("users", cls=Group)
def users_command() -> None:
    """维护人员的账号 Accounts of staff: add, list, disable, reset; end sessions."""


@users_command.command("add")
@login_argument
@click.option("--name", default="", help="姓名，写进修改记录 Name, as the history shows it [default: LOGIN].")
@click.option("--role", type=click.Choice(ROLES), default="editor", show_default=True, help="角色 Role.")
@click.option(
    "--district", "districts", multiple=True, metavar="ADCODE", help="编辑员的区县，可多次 Of an editor; repeatable."
)
@json_option
def add_command(login: str, name: str, role: Role, districts: tuple[str, ...], as_json: bool) -> None:
    """添加账号 Add an account and print the link by which its owner chooses a password, within 24 hours."""
    from stationmap.accounts import administration
    from stationmap.accounts.users import AccountError

    try:
        with _writing() as (connection, by):
            user, token = administration.invite(connection, login, name=name, role=role, districts=districts, by=by)
    except AccountError as error:
        if error.fault != "taken":
            raise
        raise click.ClickException(
            plain(f"{error} 再要链接 for another link: stationmap users reset {login}")
        ) from error
    _print_link(user, token, "invite", as_json=as_json)


@users_command.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """列出账号 List the accounts."""
    from stationmap.accounts import users

    with _reading() as connection:
        found = users.listed(connection)
    if as_json:
        print_json([_document(user) for user in found])
        return
    rows = [(user.login, user.name, both(f"accounts.role.{user.role}"), *_state_of(user)) for user in found]
    _print_table(("登录名 login", "姓名 name", "角色 role", "区县 districts", "状态 state"), rows)


@users_command.command("disable")
@login_argument
def disable_command(login: str) -> None:
    """停用账号 Let nobody sign in with an account, and end its sessions at once."""
    from stationmap.accounts import administration

    with _writing() as (connection, by):
        user = _user(connection, login)
        administration.disable(connection, user, by=by)
    click.echo(f"{plain(user.login)}: 已停用 disabled")


@users_command.command("enable")
@login_argument
def enable_command(login: str) -> None:
    """启用账号 Let the owner of a disabled account sign in again."""
    from stationmap.accounts import administration

    with _writing() as (connection, by):
        user = _user(connection, login)
        administration.enable(connection, user, by=by)
    click.echo(f"{plain(user.login)}: 已启用 enabled")


@users_command.command("reset")
@login_argument
@click.option("--second-factor", is_flag=True, help="同时取消第二步验证 Take the second factor away, too.")
@json_option
def reset_command(login: str, second_factor: bool, as_json: bool) -> None:
    """重设密码 Print a link by which the owner chooses a new password, within 4 hours."""
    from stationmap.accounts import administration

    with _writing() as (connection, by):
        user = _user(connection, login)
        token = administration.reset(connection, user, by=by)
        if second_factor:
            administration.remove_second_factor(connection, user, by=by)
    _print_link(user, token, "reset", as_json=as_json)


@users_command.command("sessions")
@click.argument("login", metavar="[LOGIN]", required=False)
@click.option("--revoke", "session_id", metavar="ID", help="结束这一个 End this one.")
@click.option("--revoke-all", is_flag=True, help="全部结束 End all: of LOGIN, or of everybody.")
@json_option
def sessions_command(login: str | None, session_id: str | None, revoke_all: bool, as_json: bool) -> None:
    """登录会话 List who is signed in, or end sessions at once."""
    from stationmap.accounts import sessions

    if session_id is not None and revoke_all:
        raise click.UsageError("--revoke 与 --revoke-all 不能同时用 are not for the same time")
    if session_id is not None or revoke_all:
        click.echo(f"已结束 ended: {_ended(login, session_id)}")
        return
    with _reading() as connection:
        user = None if login is None else _user(connection, login)
        found = sessions.listed(connection, user and user.id, at=now())
    if as_json:
        print_json([_session_document(session) for session in found])
        return
    rows = [(each.user.login, each.id, each.label, _when(each.created_at), _when(each.seen_at)) for each in found]
    _print_table(("登录名 login", "编号 ID", "浏览器 browser", "登录 signed in", "最后使用 last use"), rows)


def _ended(login: str | None, session_id: str | None) -> int:
    """End the sessions of a login, or of everybody, or the one of an ID; returns how many, StorageError for none."""
    from stationmap.accounts import administration, sessions
    from stationmap.accounts.users import AccountError

    with _writing() as (connection, by):
        chosen = None if login is None else _user(connection, login)
        known = sessions.listed(connection, chosen and chosen.id, at=by.at)
        owners = {each.user.id: each.user for each in known if session_id in (None, each.id)}
        if session_id is not None and not owners:
            raise AccountError("no_session", session_id)
        return sum(administration.end_sessions(connection, user, session_id, by=by) for user in owners.values())


@contextmanager
def _writing() -> Iterator[tuple[sa.Connection, By]]:
    from stationmap.accounts.administration import By
    from stationmap.storage import open_database

    with closing(open_database(settings())) as database, database.writing() as connection:
        yield connection, By("", now())


@contextmanager
def _reading() -> Iterator[sa.Connection]:
    from stationmap.storage import open_database

    with closing(open_database(settings())) as database, database.reading() as connection:
        yield connection


def _user(connection: sa.Connection, login: str) -> User:
    from stationmap.accounts import users
    from stationmap.accounts.users import AccountError

    found = users.by_login(connection, login)
    if found is None:
        raise AccountError("unknown", login)
    return found


def _print_link(user: User, token: str, purpose: str, *, as_json: bool) -> None:
    """Print the link of a ticket, and where it would not work what to set first."""
    from stationmap.accounts.tickets import LIFETIME

    chosen = settings()
    address = f"{chosen.address}{chosen.url_prefix}/staff/password/{token}"
    hours = LIFETIME["reset" if purpose == "reset" and user.has_password else "invite"].total_seconds() / 3600
    if as_json:
        print_json({**_document(user), "link": address, "hours": hours})
    else:
        click.echo(f"{plain(user.login)}: {hours:g} 小时内打开，只能用一次 open it within {hours:g} hours, once:")
        click.echo(f"  {address}")
    if not chosen.public_url:
        click.secho(
            "别人的电脑打不开这个地址：先设 STATIONMAP_PUBLIC_URL "
            "other machines cannot open this address: set STATIONMAP_PUBLIC_URL first",
            fg="yellow",
            err=True,
        )


def _document(user: User) -> dict[str, Any]:
    shown = ("login", "name", "role", "districts", "created_at", "disabled_at", "has_password", "has_totp")
    return {name: getattr(user, name) for name in shown}


def _session_document(session: Session) -> dict[str, Any]:
    times = ("created_at", "seen_at", "expires_at")
    shown = {name: getattr(session, name) for name in ("id", "label", "method", "is_complete", *times)}
    return {"login": session.user.login, **shown}


def _state_of(user: User) -> tuple[str, str]:
    if user.disabled_at is not None:
        state = f"停用 disabled {_when(user.disabled_at)}"
    elif not user.has_password:
        state = "还没有密码 no password yet"
    else:
        state = "第二步验证 second factor" if user.has_totp else ""
    return ", ".join(user.districts), state


def _print_table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    from rich.table import Table

    table = Table(box=None)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*map(plain, row))
    screen = console()
    if not screen.is_terminal:
        screen.width = max(screen.width, MIN_WIDTH)
    screen.print(table)


def _when(at: datetime) -> str:
    from stationmap.hours.opening_hours import ZONE

    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
