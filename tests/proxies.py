"""nginx and Caddy with the examples of `deploy/`, on free ports, before a server that a test runs."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from stationmap.resources import demo_registry
from tests.channels import certificate
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
CADDY = shutil.which("caddy")
PATIENCE_S = 30
HOST, SHARED_HOST = "stations.example.org", "www.example.org"
PREFIX = "/stations"
OTHER_PAGE = "another page of this host"
OTHER_PROGRAM = "/other-program"  # which does not run


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(log.read_text())


@contextmanager
def running(command: list[str], port: int, log: Path, **settings: str) -> Iterator[None]:
    """Run a program until the block ends; it listens on a port when the block begins."""
    environment = {**os.environ, "STATIONMAP_REGISTRY": str(demo_registry()), **settings}
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        try:
            wait_for(port, process, log)
            yield
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


@contextmanager
def nginx(
    folder: Path, application: int, *, prefix: str = "", tls: bool = True, rate: str = "100r/s", burst: int = 2_000
) -> Iterator[int]:
    """Run nginx as Debian does, with the files in the places they name; yield its port."""
    assert NGINX
    port = free_port()
    listens = f"listen 127.0.0.1:{port}{' ssl http2' if tls else ''};"
    changes = {
        r"server 127\.0\.0\.1:8000;": f"server 127.0.0.1:{application};",
        r"listen 443 ssl http2;": listens,
        r" *listen \[::\]:443 ssl http2;\n": "",
        r"/etc/ssl/stationmap/": f"{folder}/",
        r"/var/log/nginx/": f"{folder}/",
        r"/opt/stationmap/share/stationmap/": f"{DEPLOY}/",
        r"rate=100r/s": f"rate={rate}",
        r"burst=2000": f"burst={burst}",
    }
    limits = _copied("nginx/limits.conf", folder / "conf.d/stationmap-limits.conf", changes)
    _copied("nginx/proxy.conf", folder / "snippets/stationmap-proxy.conf", changes)
    site = _copied("nginx/stationmap.conf", folder / "sites/stationmap.conf", changes)
    site.write_text(re.sub(r"server \{\s+listen 80;.*?^\}\n", "", site.read_text(), flags=re.DOTALL | re.MULTILINE))
    _keep_certificate(folder)
    if prefix:
        _copied("nginx/stationmap-prefix.conf", folder / "snippets/stationmap-prefix.conf", changes)
        certified = f"ssl_certificate {folder}/fullchain.pem; ssl_certificate_key {folder}/privkey.pem;"
        other = f"location / {{ default_type text/plain; return 200 '{OTHER_PAGE}'; }}"
        site.write_text(
            f"server {{ {listens} server_name {SHARED_HOST}; {certified} access_log off; error_log {folder}/host.log "
            f"alert; include snippets/stationmap-prefix.conf; {other} }}"
        )
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.getuid() == 0 else ""  # so that it may read what belongs to this test
    file = folder / "nginx.conf"
    file.write_text(
        f"daemon off; {user} pid {folder}/pid; error_log {folder}/main.log error; events {{}} "
        f"http {{ {paths} include {limits}; include {site}; }}"
    )
    with running([NGINX, "-p", str(folder), "-c", str(file)], port, folder / "nginx.log"):
        yield port


@contextmanager
def caddy(folder: Path, application: int, *, prefix: str = "") -> Iterator[int]:
    """Run Caddy with the files in a folder, with TLS by a certificate of one's own; yield its port."""
    assert CADDY
    port = free_port()
    changes = {
        r"127\.0\.0\.1:8000": f"127.0.0.1:{application}",
        r"/opt/stationmap/share/stationmap": str(DEPLOY),
        r"^\{$": "{\n\tadmin off\n\tauto_https disable_redirects\n\tdefault_bind 127.0.0.1",
        rf"^\{{\$STATIONMAP_HOST_NAME:{HOST}\}} ": f"https://{HOST}:{port} ",
        rf"^{SHARED_HOST} ": f"https://{SHARED_HOST}:{port} ",
        r"# With a certificate of one's own: ": "",
        r"/etc/ssl/stationmap/": f"{folder}/",
        r"/var/www/html": str(folder / "www"),
        r"^\t\tfile_server$": f"\t\treverse_proxy {OTHER_PROGRAM} 127.0.0.1:{free_port()}\n\t\tfile_server",
    }
    _copied("caddy/stationmap.caddy", folder / "stationmap.caddy", changes)
    file = _copied(f"caddy/Caddyfile{'-prefix' if prefix else ''}", folder / "Caddyfile", changes)
    _keep_certificate(folder)
    (folder / "www").mkdir()
    (folder / "www/index.html").write_text(OTHER_PAGE)
    command = [CADDY, "run", "--config", str(file), "--adapter", "caddyfile"]
    homes = {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with running(command, port, folder / "caddy.log", **homes):
        yield port


def _copied(name: str, to: Path, changes: Mapping[str, str]) -> Path:
    """Copy an example with ports and places exchanged."""
    text = (DEPLOY / name).read_text("utf-8")
    for found, wanted in changes.items():
        text = re.sub(found, wanted, text, flags=re.MULTILINE)
    to.parent.mkdir(exist_ok=True)
    to.write_text(text, "utf-8")
    return to


def _keep_certificate(folder: Path) -> None:
    chain, begins, key = certificate(HOST, SHARED_HOST).decode().partition("-----BEGIN PRIVATE")
    (folder / "fullchain.pem").write_text(chain)
    (folder / "privkey.pem").write_text(begins + key)
