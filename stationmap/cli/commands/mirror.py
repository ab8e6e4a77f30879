"""`stationmap mirror`: a file that is kept a true copy of another server's registry."""

from __future__ import annotations

from pathlib import Path

import click

from stationmap.cli.audit_output import fraction_bar
from stationmap.cli.options import FILE, json_option
from stationmap.cli.targets import command
from stationmap.cli.terminal import plain, print_demo_label, print_json


@command("mirror")
@click.argument("url")
@click.argument("file", type=FILE)
@json_option
def mirror_command(url: str, file: Path, *, as_json: bool) -> None:
    """镜像 Keep FILE a true copy of what the server at URL publishes of its registry.

    第一次取全部，以后只取改动 The first run fetches all of it, later ones what changed since: let cron or systemd run
    it. FILE.mirror.json remembers from where on. A file that no mirror of URL wrote stays as it is.
    """
    from stationmap.mirror import fetching, mirror

    root = fetching.root_of(url)
    with fraction_bar("下载 fetching") as on_progress:
        done = mirror.update(fetching.fetcher(root), root, file, on_bytes=lambda part: on_progress(part, ""))
    copy = done.copy
    print_demo_label(demo=copy.demo)
    if as_json:
        about = {"url": root, "file": str(file), "revision": copy.published, "after": copy.after, "demo": copy.demo}
        counts = {"stations": copy.stations, "put": done.put, "deleted": done.deleted, "received_bytes": done.received}
        print_json({**about, **counts, "whole": done.whole, "changed": done.is_changed})
        return
    if not done.is_changed:
        told = "没有变化 nothing changed"
    elif done.whole:
        told = "已取全部 fetched as a whole"
    else:
        told = f"更新 put {done.put:,}，删除 removed {done.deleted:,}"
    click.echo(plain(f"{file}: {told}; {copy.stations:,} 个站点 stations, {copy.published}"), err=True)
