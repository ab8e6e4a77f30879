"""`stationmap doctor`: whether this machine can serve this registry today, and what to do where it cannot."""

from __future__ import annotations

import errno
import platform
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stationmap import __version__, city
from stationmap.cli.doctor.backup_health import backup_health
from stationmap.cli.doctor.city_files import city_files_symptom
from stationmap.cli.doctor.database import awaits_upgrade, database_symptom, disk_symptom
from stationmap.cli.doctor.hearing import hearing_symptom
from stationmap.cli.doctor.symptoms import Symptom, report
from stationmap.cli.doctor.wechat import wechat_symptom
from stationmap.cli.options import json_option, now, registry_option, settings
from stationmap.cli.targets import command
from stationmap.cli.terminal import plain
from stationmap.errors import StationmapError, reason_of
from stationmap.i18n import LANGUAGES

if TYPE_CHECKING:
    from stationmap.settings import Settings

ANSWERS_WITHIN_S = 2.0
FRESH = timedelta(days=180)  # an older registry has missed half a year of changes
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
LIBRARIES = ("folium", "branca", "flask", "waitress", "pydantic", "scipy", "opening-hours-py")
DATA_FILES = ("city.json", "stations.geojson", "holidays-cn.json", "areas/counties.geojson", "areas/adcodes.csv")
STATIC_FILES = (
    "basemap/orientation.json",
    *(f"i18n/{part}{language}.json" for part in ("", "audit.") for language in LANGUAGES),
    "vendor/MANIFEST.json",
)


@command("doctor")
@registry_option
@click.option("--deploy", metavar="URL", help="从外面检查运行中的网站 Examine a running installation from outside.")
@json_option
def doctor_command(registry: Path | None, deploy: str | None, as_json: bool) -> None:
    """体检 Examine registry, calendar, files, settings, port, versions; exit code 1 when something must be mended."""
    if deploy is not None:
        report(_examine_site(deploy), as_json=as_json)
        return
    chosen = settings(registry=registry)
    symptoms = list(examine(chosen, now().date()))
    report(symptoms, as_json=as_json)


def _examine_site(address: str) -> list[Symptom]:
    from stationmap.cli.doctor.deploy.examination import examine as examine_site
    from stationmap.cli.doctor.deploy.visitor import Visitor, site_of

    try:
        site = site_of(address)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--deploy") from error
    return list(examine_site(Visitor(site)))


def examine(chosen: Settings, today: date) -> Iterator[Symptom]:
    """Yield every item, healthy or not."""
    try:
        city.adopt(city.load(chosen.city))
    except StationmapError:  # reported with the settings
        city.adopt(city.load(None))
    yield _registry(chosen.registry, today)
    yield _calendar(chosen, today)
    yield _files()
    if chosen.city and (found := city_files_symptom(chosen.city, today)):
        yield found
    yield _settings(chosen)
    yield _public_url(chosen.public_url)
    yield _security_contact(chosen.security_contact)
    yield database_symptom(chosen)
    if chosen.shares_database:
        yield hearing_symptom(chosen)
    yield disk_symptom(chosen)
    if not chosen.read_only and (chosen.database_url or chosen.database_file.exists()):
        yield Symptom(f"备份 backups {chosen.backups}", *backup_health(chosen.backups, now()))
    if not awaits_upgrade(chosen):  # what these read is in the database
        if chosen.notify_file is not None:
            yield _digests(chosen, chosen.notify_file)
        if chosen.wechat_app_id or chosen.wechat_app_secret:
            yield wechat_symptom(chosen)
    yield _address(chosen.host, chosen.port)
    yield _browser()
    yield _versions()


def _registry(path: Path, today: date) -> Symptom:
    from stationmap.registry.store import load

    what = f"登记册 registry {path}"
    try:
        registry = load(path)
    except StationmapError as error:
        return Symptom(what, "error", str(error).partition("\n")[0], plain(f"运行 run: stationmap check {path}"))
    facts = f"{len(registry):,} 个站点 stations, {registry.revision}" + (
        ", 演示数据 demonstration data" if registry.demo else ""
    )
    updated = registry.meta.updated
    if updated is None:
        return Symptom(
            what,
            "warning",
            f"{facts}; 无更新日期 no date",
            "工作人员第一次保存修改时会写上，也可写在文件里 the first change that staff save sets it, "
            "or state it in the file: stationmap.updated",
        )
    if today - updated > FRESH:
        return Symptom(
            what, "warning", f"{facts}; {updated}", "超过半年,请核对更新 more than half a year old: check and update it"
        )
    return Symptom(what, "ok", f"{facts}, {updated}")


def _calendar(chosen: Settings, today: date) -> Symptom:
    from stationmap.cli.bilingual import both
    from stationmap.hours import calendar_file
    from stationmap.hours.calendar import adopt, china, packaged
    from stationmap.registry.checks.awaiting import awaited
    from stationmap.registry.store import load

    what = f"放假安排 calendar {chosen.holidays or ''}".rstrip()
    try:
        adopt(calendar_file.load(chosen.holidays) if chosen.holidays else packaged())
    except StationmapError as error:
        advice = plain(f"运行 run: stationmap holidays check {chosen.holidays}")
        return Symptom(what, "error", str(error).partition("\n")[0], advice)
    try:
        missing = awaited(load(chosen.registry).stations, today)
    except StationmapError:  # reported with the registry
        missing = awaited((), today)
    detail = f"已有 announced: {', '.join(map(str, sorted(china().announced)))}"
    if not missing:
        return Symptom(what, "ok", detail)
    years = "; ".join(both("calendar.awaited", **year._asdict()) for year in missing)
    advice = "stationmap holidays add NOTICE.txt --into HOLIDAYS.json, STATIONMAP_HOLIDAYS=HOLIDAYS.json"
    return Symptom(what, "warning", f"{detail}; {years}", advice)


def _files() -> Symptom:
    from stationmap.resources import data_folder, static_folder

    folders = {data_folder(): DATA_FILES, static_folder(): STATIC_FILES}
    missing = [
        str(folder / name) for folder, names in folders.items() for name in names if not (folder / name).is_file()
    ]
    if missing:
        return Symptom(
            "程序文件 files", "error", f"缺少 missing: {', '.join(missing)}", "重新安装 install stationmap again"
        )
    return Symptom("程序文件 files", "ok", f"{data_folder()}, {static_folder()}")


def _settings(chosen: Settings) -> Symptom:
    from stationmap.frontend.base_layers import online_layers
    from stationmap.notify import channel_file
    from stationmap.web.audit.state import study_area_from

    what = "设置 settings"
    faults = []
    for read in (
        lambda: city.load(chosen.city),
        lambda: online_layers(chosen.online_layers, tianditu_key=chosen.tianditu_key),
        lambda: study_area_from(chosen),
        lambda: chosen.notify_file and channel_file.read(chosen.notify_file),
    ):
        try:
            read()
        except StationmapError as error:
            faults += str(error).splitlines()
    if faults:
        advice = "改正后再启动 the server does not start before they are mended: docs/settings.md"
        return Symptom(what, "error", "; ".join(faults), advice)
    return Symptom(what, "ok", "地图图层、/audit 与通知渠道的文件 map layers, files of /audit and of notifications")


def _public_url(url: str) -> Symptom:
    from stationmap.frontend.map_app_links import is_public

    what = "公开网址 public address"
    if is_public(url):
        return Symptom(what, "ok", url)
    advice = "海报和分享的链接要用它 posters and shared links need it: STATIONMAP_PUBLIC_URL=https://..."
    detail = f"{url},外面的手机打不开 phones elsewhere cannot open it" if url else "未设置 not set"
    return Symptom(what, "warning", detail, advice)


def _security_contact(contact: str) -> Symptom:
    what = "安全联系方式 security contact"
    if contact:
        return Symptom(what, "ok", contact)
    advice = "发现漏洞的人不知道告诉谁 who finds a hole cannot tell you: STATIONMAP_SECURITY_CONTACT=mailto:..."
    return Symptom(what, "warning", "未设置 not set", advice)


def _digests(chosen: Settings, file: Path) -> Symptom:
    """Examine whether digests reach the staff; what is wrong with the file itself is reported with the settings."""
    from stationmap.cli.notify_progress import progress_of
    from stationmap.notify import channel_file

    what = f"通知 digests {file}"
    try:
        found = list(progress_of(chosen, channel_file.read(file)))
    except StationmapError as error:
        return Symptom(what, "error", str(error).partition("\n")[0], "docs/operations.md: digests to staff")
    failing = [channel.name for channel, progress in found if progress and progress.failures]
    if failing:
        listed = plain(", ".join(failing))
        return Symptom(what, "warning", f"发不出去 do not go out: {listed}", "运行 run: stationmap notify test")
    return Symptom(what, "ok", f"{len(found)} 个渠道 channels")


def _address(host: str, port: int) -> Symptom:
    try:
        # The server takes `*` for every interface.
        name = None if host == "*" else host
        family, *_, place = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, UnicodeError) as error:  # UnicodeError: no host name can look like this
        return _no_host(host, error)
    what = f"端口 port {host}:{port}"
    try:
        with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
            # Like the server, which may reuse a port that has just been released.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            return _no_host(host, error)
        if _serves(host, port):
            return Symptom(what, "ok", "网站正在运行 the site runs here")
        advice = "换端口,或停掉占用它的程序 choose another (STATIONMAP_PORT), or end what holds it"
        return Symptom(what, "warning", reason_of(error), advice)
    return Symptom(what, "ok", "空闲 free")


def _serves(host: str, port: int) -> bool:
    """Tell whether this program answers there, so that the port is taken by whom it is meant for."""
    from http.client import HTTPConnection, HTTPException  # brings TLS, which help and most commands do without

    nearest = {"*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    connection = HTTPConnection(nearest, port, timeout=ANSWERS_WITHIN_S)
    with closing(connection):
        try:
            connection.request("GET", "/healthz")
            answer = connection.getresponse()
        except (OSError, HTTPException):
            return False
        return answer.status == 200 and answer.getheader("X-Request-ID") is not None


def _no_host(host: str, error: OSError | UnicodeError) -> Symptom:
    advice = "改监听地址 choose an address of this machine (STATIONMAP_HOST), such as 127.0.0.1 or 0.0.0.0"
    said = reason_of(error) if isinstance(error, OSError) else str(error)
    return Symptom(f"监听地址 host {host}", "error", said, advice)


def _browser() -> Symptom:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    # Only the tests need one.
    return Symptom("浏览器 browser", "ok", found or "未安装,仅测试需要 not installed; only the tests need Chromium")


def _versions() -> Symptom:
    from importlib.metadata import version

    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    detail = f"stationmap {__version__}, Python {platform.python_version()}, {libraries}"
    return Symptom("版本 versions", "ok", detail)
