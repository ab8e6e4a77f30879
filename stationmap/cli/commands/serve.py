"""`stationmap serve` and `stationmap map`: the registry as a web site, and as one file."""

from __future__ import annotations

from pathlib import Path

import click

from stationmap.cli.options import now, open_registry, registry_option, settings
from stationmap.cli.targets import Output, Target, command, write_bytes
from stationmap.cli.terminal import plain, print_demo_label


@command("serve")
@registry_option
@click.option("--host", help="监听地址 Address to listen on [default: STATIONMAP_HOST, or 127.0.0.1].")
@click.option("--port", type=click.IntRange(0, 65_535), help="端口,0 为任一空闲端口 Port; 0 takes a free one [8000].")
@click.option("--read-only", is_flag=True, default=None, help="只读,不用数据库 Without a database.")
def serve_command(registry: Path | None, host: str | None, port: int | None, read_only: bool | None) -> None:
    """启动网站 Serve the map, the pages and the API until interrupted."""
    from stationmap.web import server

    if not server.run(settings(registry=registry, host=host, port=port, read_only=read_only), say=click.echo):
        server.leave()


@command("map")
@click.argument("out", type=Output(), metavar="OUT.html")
@registry_option
def map_command(out: Target, registry: Path | None) -> None:
    """单文件地图 Write one HTML file with map and stations inside; it opens from disk without a network."""
    from stationmap.frontend.standalone_map import standalone_html

    loaded = open_registry(registry)
    html = standalone_html(loaded, now(), settings=settings())
    write_bytes(out, html.encode())
    print_demo_label(demo=loaded.demo)
    click.echo(f"{plain(str(out.path))}: {len(loaded):,} 个站点 stations", err=True)
