"""What somebody who walks has with them: the program, a list in Excel, and a certificate of a throw-away authority."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import xlsxwriter

from stationmap.datum import Datum, from_wgs84
from stationmap.i18n import translate
from stationmap.registry.registry import Registry

HOST = "stations.example.org"
PLACE = Path("root/stationmap")
AUTHORITIES = Path("etc/ssl/certs/ca-certificates.crt")
HEADINGS = (
    "序号", "驿站名称", "所属区县", "详细地址", "经度", "纬度", "状态", "类别", "开放时间", "联系电话", "可容纳人数", "配套设施",
)  # fmt: skip


def bring(folder: Path, *, program: Path, registry: Registry) -> None:
    """Put all of it where the document expects it, in a system that lies in a folder."""
    place = folder / PLACE
    shutil.copytree(program, place, dirs_exist_ok=True)
    write_list(place / "stations.xlsx", registry)
    make_certificate(place)
    (folder / "etc/hosts").write_text(f"127.0.0.1 localhost {HOST}\n::1 localhost\n")
    # In there the throw-away authority is trusted as any, and so are those that this machine trusts.
    shutil.copyfile(place / "authority.pem", folder / "usr/local/share/ca-certificates/walk.crt")
    subprocess.run(["chroot", folder, "update-ca-certificates"], check=True, capture_output=True)
    if (ours := Path("/") / AUTHORITIES).exists():
        with (folder / AUTHORITIES).open("a") as bundle:
            bundle.write(ours.read_text())


def write_list(path: Path, registry: Registry) -> None:
    """Write the stations of a registry as a union's list: words in Chinese, places in GCJ-02, no ids."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    sheet = book.add_worksheet("驿站")
    sheet.write_row(0, 0, ("户外劳动者服务站统计表(演示数据)",))
    sheet.write_row(1, 0, HEADINGS)
    for number, station in enumerate(registry.stations, 1):
        (lon, lat), known = station.geometry.coordinates, station.properties
        facilities = [translate("zh", f"facility.{code}") for code, there in dict(known.facilities).items() if there]
        row = (
            number, known.name, translate("zh", f"district.{known.district}"), known.address,
            *(round(degrees, 6) for degrees in from_wgs84(lon, lat, Datum.GCJ02)),
            "开放" if known.status == "open" else translate("zh", f"reason.status_{known.status}"), translate("zh", f"category.{known.category}"), known.hours_source,
            known.phone, known.capacity, "、".join(facilities),
        )  # fmt: skip
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(number + 1, column, value)
    book.close()


def make_certificate(folder: Path) -> None:
    """Make an authority and a certificate of it for the host: what one gets from a vendor, or from certbot."""
    subject, names = f"/CN={HOST}", f"subjectAltName=DNS:{HOST}"
    new = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30")
    _openssl(folder, *new, "-subj", "/CN=walk", "-keyout", "authority.key", "-out", "authority.pem")
    signed = (
        "-CA",
        "authority.pem",
        "-CAkey",
        "authority.key",
        "-addext",
        names,
        "-addext",
        "basicConstraints=CA:FALSE",
    )
    _openssl(folder, *new, "-subj", subject, *signed, "-keyout", "privkey.pem", "-out", "fullchain.pem")
    (folder / "authority.key").unlink()


def _openssl(folder: Path, *words: str) -> None:
    done = subprocess.run(["openssl", *words], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
