"""The examples for proxies do the same at the root of a host and below a path."""

from __future__ import annotations

import re

import pytest

from stationmap.web.wechat import verify_files
from tests.proxies import DEPLOY, PREFIX


def nginx_locations(name: str, prefix: str = "") -> dict[str, list[str]]:
    """Return the lines of each location of the server with TLS, by what it is for, as if there were no prefix."""
    text = re.sub(r"^ *#.*\n|  #.*", "", (DEPLOY / "nginx" / name).read_text("utf-8"), flags=re.MULTILINE)
    text = text.partition("listen 443")[2] or text
    found = re.findall(r"^ *location (.+?) \{\n(.*?)^ *\}$", text, re.MULTILINE | re.DOTALL)
    return {
        what.replace(prefix, "", 1).removeprefix("^~ ") if prefix + "/" in what else what.removeprefix("^~ "): [
            line.strip() for line in lines.splitlines()
        ]
        for what, lines in found
    }


def test_below_a_path_nginx_does_what_it_does_at_the_root() -> None:
    root, below = nginx_locations("stationmap.conf"), nginx_locations("stationmap-prefix.conf", PREFIX)
    assert [*root] == ["/", "= /api/v1/reports", "= /staff/sign-in", "/stationmap-away/"]
    assert {what: below.get(what) for what in root} == root


def test_below_a_path_caddy_does_what_it_does_at_the_root() -> None:
    root, below = ((DEPLOY / "caddy" / name).read_text("utf-8") for name in ("Caddyfile", "Caddyfile-prefix"))
    options = re.compile(r"^\{\n.*?^\}$", re.MULTILINE | re.DOTALL)
    assert options.findall(root) == options.findall(below) != []
    imported = re.compile(r"import (\S+)")
    assert {*imported.findall(root)} == {*imported.findall(below)}


@pytest.mark.parametrize("name", ["nginx/stationmap-prefix.conf", "caddy/Caddyfile-prefix"])
def test_a_proxy_passes_on_the_verification_files_that_the_server_has_and_no_other(name: str) -> None:
    (pattern,) = re.findall(r"\^/(\(.*txt)\$", (DEPLOY / name).read_text("utf-8"))
    names = ("MP_verify_aB3.txt", "WW_verify_x_1.txt", "a1B2c3D4e5F6g7H8.txt", "robots_of_host_1.txt", "robots.txt",
             "a1B2c3D4e5F6g7H.txt", "XX_verify_a.txt", "MP_verify_a.txt.bak", "MP_verify_.txt")  # fmt: skip
    passed = [each for each in names if re.fullmatch(pattern, each, re.ASCII)]
    assert passed == [each for each in names if verify_files.NAME.fullmatch(each)] == [*names[:3]]
