"""What an operator may decide: every setting with its type, its limits, its default and what it is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from stationmap import settings_sources
from stationmap.city import registry_in
from stationmap.defaults import TravelCode
from stationmap.files import MAX_BYTES
from stationmap.resources import demo_registry
from stationmap.settings_sources import Sources
from stationmap.settings_values import (
    CODES,
    MAX_PORT,
    PAIRS,
    Address,
    Ancestors,
    Approval,
    LayerCode,
    PhotoHost,
    Speed,
    made_of,
)

DETOUR = 1.3  # metres travelled for each metre as the crow flies
DATABASE = "stationmap.sqlite"  # in the folder `data`
LITTLE_LEFT_MIN = 10.0  # minutes after arriving that are too few to rely on


def _data_folder() -> Path:
    """Return where programs of a user keep what they remember, by the XDG base directories."""
    shared = os.environ.get("XDG_DATA_HOME", "")
    return (Path(shared) if shared.startswith("/") else Path("~/.local/share").expanduser()) / "stationmap"


def _backups_of(given: Mapping[str, Any]) -> Path:
    """Return where backups go: beside the database, unless its folder cannot be."""
    return Path(given.get("data") or _data_folder()) / "backups"


def _registry_of(given: Mapping[str, Any]) -> Path:
    return registry_in(given.get("city")) or demo_registry()


class Settings(BaseModel):
    """Every setting; read from `STATIONMAP_` and its name in capitals, or by its name from a file of settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    city: Path | None = Field(
        None,
        title="所服务城市的文件夹",
        description="folder of the city: areas, names, registry, and the files of `city build`; Xuzhou if not given",
    )
    registry: Path = Field(
        default_factory=_registry_of,
        title="登记册文件",
        description="registry file to serve; that of the city, or the demonstration registry, if not given",
    )
    holidays: Path | None = Field(
        None,
        title="节假日文件",
        description="file of holidays that goes before the calendar of the package, year by year",
    )
    max_registry_mb: int = Field(
        MAX_BYTES // 2**20,
        ge=1,
        le=16_384,
        title="登记册文件最大多少 MiB",
        description="MiB a registry file may have; a server keeps some three times as much in memory",
    )
    data: Path = Field(
        default_factory=_data_folder,
        title="数据库所在文件夹",
        description="folder of the database: the journal of changes, and previews of imports; made on first use",
    )
    backups: Path = Field(
        default_factory=_backups_of,
        title="备份所在文件夹",
        description="folder of the backups that `stationmap backup` keeps; in that folder if not given",
    )
    database_url: str = Field(
        "",
        repr=False,
        title="代替该数据库的 PostgreSQL 地址",
        description="database in place of the one in that folder, such as postgresql://user@host/stationmap",
    )
    shared_as: str = Field(
        "",
        pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,63})?$",
        title="多台服务器共用登记册时的名称",
        description="name by which servers with a common database, and a file each, know the registry; else its path",
    )
    read_only: bool = Field(
        False,
        title="只读，不用数据库",
        description="serve the registry file as it is, without a database: true or false",
    )
    host: str = Field(
        "127.0.0.1",
        min_length=1,
        title="监听地址",
        description="address to listen on; 0.0.0.0 for every IPv4 interface",
    )
    port: int = Field(8000, ge=0, le=MAX_PORT, title="监听端口", description="port to listen on; 0 takes a free one")
    poll_s: float = Field(
        2.0,
        gt=0,
        le=3_600,
        title="多少秒看一次登记册文件",
        description="seconds between two looks at the registry file",
    )
    walk_m_s: Speed = Field(1.25, title="步行速度（米/秒）", description="speed of a walker, metres a second")
    ebike_m_s: Speed = Field(5.0, title="电动车速度（米/秒）", description="speed of an e-bike, metres a second")
    detour: float = Field(DETOUR, ge=1, le=10, title="绕行系数", description="metres of way for each straight metre")
    travel: TravelCode = Field("ebike", title="默认出行方式", description="how riders travel unless they say otherwise")
    little_left_min: float = Field(
        LITTLE_LEFT_MIN,
        ge=0,
        le=1_440,
        title="到达后离关门不足多少分钟算紧张",
        description="minutes before closing that are too few for who arrives to rely on a station",
    )
    cors: bool = Field(
        True,
        title="其他网站的网页能否读取公开数据",
        description="whether pages of other sites may read public data from a browser (CORS): true or false",
    )
    frame_ancestors: Ancestors = Field(
        ("*",),
        title="哪些网站可以嵌入 /embed",
        description="sites that may show /embed in a frame, separated by commas: origins, * for all, none",
    )
    online_layers: Annotated[tuple[LayerCode, ...], CODES] = Field(
        (),
        title="可选的在线底图",
        description="map layers of other hosts a visitor may choose, separated by commas: tianditu, amap, osm",
    )
    tianditu_key: str = Field("", title="天地图密钥（会发给浏览器）", description="key (tk) for the tianditu layer")
    public_url: str = Field(
        "",
        pattern=r"^(https?://[^\s/?#]+)?$",
        title="访客所用的网址",
        description="address visitors use, printed as QR code; where the server listens if not given",
    )
    second_factor: Literal["optional", "admins", "all"] = Field(
        "optional",
        title="谁必须用两步验证",
        description="who has to have a second factor: nobody, administrators, or everybody who signs in",
    )
    oidc_issuer: str = Field(
        "",
        pattern=r"^(https://[^\s?#]+|http://(localhost|127\.0\.0\.1)(:[0-9]+)?(/[^\s?#]*)?)?$",
        title="统一身份认证的地址",
        description="identity provider (OpenID Connect) by which staff may sign in, as it calls itself",
    )
    oidc_client_id: str = Field("", title="本程序在那里的名称", description="what this program is called there")
    oidc_client_secret: str = Field(
        "", repr=False, title="本程序在那里的密钥", description="by which it shows the provider who it is"
    )
    wechat_app_id: str = Field(
        "",
        pattern=r"^(wx[0-9A-Za-z]{8,30})?$",
        title="工会已认证公众号的 AppID",
        description="AppID of the union's verified account of WeChat (公众号), for cards and maps inside WeChat",
    )
    wechat_app_secret: str = Field(
        "", repr=False, title="该公众号的 AppSecret", description="AppSecret of that account"
    )
    verify_dir: Path | None = Field(
        None,
        title="放域名校验文件的文件夹",
        description="folder of the files by which WeChat and others see whose host this is (MP_verify_....txt)",
    )
    url_prefix: str = Field(
        "",
        pattern=r"^(/[A-Za-z0-9._~-]+)*$",
        title="网址中的路径前缀",
        description="path below which a proxy shows `stationmap serve`, such as /stations",
    )
    photo_hosts: Annotated[tuple[PhotoHost, ...], CODES] = Field(
        (),
        title="可显示照片的网站",
        description="hosts whose photos of stations are shown, separated by commas; a photo elsewhere is a link",
    )
    audit_areas: Path | None = Field(
        None,
        title="审计的区域文件",
        description="GeoJSON of the areas the page /audit studies; those of the city if not given",
    )
    audit_demand: Path | None = Field(
        None,
        title="审计的人口文件",
        description="file of the people the page /audit counts; the residents of the areas if not given",
    )
    audit: Literal["open", "staff"] = Field(
        "open",
        title="谁可以看审计页",
        description="who may see the page /audit and its figures: open to all, or staff who are signed in",
    )
    notify_file: Path | None = Field(
        None,
        title="通知渠道文件",
        description="TOML file of the robots and mailboxes that get digests of what riders report; none if not given",
    )
    notify_every_min: float = Field(
        30.0, ge=1, le=1_440, title="两次通知相隔多少分钟", description="minutes between two digests to one channel"
    )
    reports: bool = Field(
        True,
        title="是否接受骑手反馈",
        description="whether riders may report what they find at a station: true or false; not with read_only",
    )
    mark_devices: int = Field(
        3,
        ge=2,
        le=100,
        title="几部手机反映未开门才标注",
        description="devices that have to report a station locked before it is marked",
    )
    mark_within_min: float = Field(
        60.0,
        ge=1,
        le=1_440,
        title="须在多少分钟之内",
        description="minutes within which they have to, while it is posted open",
    )
    mark_lasts_h: float = Field(
        24.0, gt=0, le=168, title="标注最多保留几小时", description="hours such a mark lasts at most"
    )
    deadline_s: float = Field(
        5.0, gt=0, le=600, title="回答骑手最多用几秒", description="seconds an answer to a rider may be worked at"
    )
    staff_deadline_s: float = Field(
        120.0,
        gt=0,
        le=3_600,
        title="审计的回答最多用几秒",
        description="seconds an answer or a job of the audit may be worked at",
    )
    metrics: Address = Field(
        "",
        title="供 Prometheus 读取指标的地址",
        description="where Prometheus reads figures, such as 127.0.0.1:9464, never a public address; none if not given",
    )
    log_format: Literal["text", "json"] = Field(
        "text", title="日志的格式", description="how events are logged: text, for people, or json, an object a line"
    )
    operator: str = Field(
        "",
        max_length=200,
        title="运营单位及联系方式",
        description="who runs this, and how to reach them, such as 市总工会 0516-00000000; on the page /privacy",
    )
    security_contact: str = Field(
        "",
        pattern=r"^((mailto:|https://|tel:)[!-~]+)?$",
        max_length=200,
        title="安全问题联系方式",
        description="where to report a hole in this site: mailto:, https: or tel:; in /.well-known/security.txt",
    )
    icp_number: str = Field(
        "",
        max_length=60,
        title="ICP 备案号",
        description="number of its filing as a web site, such as 苏ICP备2026000001号-1; at the foot of pages",
    )
    police_number: str = Field(
        "",
        max_length=60,
        title="公安备案号",
        description="number of its filing with the police, such as 苏公网安备32030002000001号; at the foot of pages",
    )
    map_approval: Approval = Field("", title="本图审图号", description="approval number (审图号) of the map drawn here")
    layer_approvals: Annotated[dict[LayerCode, Approval], PAIRS] = Field(
        {},
        title="在线底图的审图号",
        description="approval numbers of the layers of other hosts, as amap=GS(2026)1号, separated by commas",
    )

    @property
    def database_file(self) -> Path:
        """Where SQLite's database is, or would be where the `database_url` is that of a server."""
        url, is_file, path = self.database_url.partition("sqlite:///")
        return Path(path) if is_file and not url else self.data / DATABASE

    @property
    def shares_database(self) -> bool:
        """Whether the database is one that several servers may share: that of a PostgreSQL."""
        return bool(self.database_url) and not self.read_only and not self.database_url.startswith("sqlite:")

    @property
    def registry_key(self) -> Path:
        """What the database knows the registry by: the name that servers share it as, or the path of its file."""
        return Path(self.shared_as or os.path.realpath(self.registry))

    def speed_m_s(self, travel: str | None = None) -> float:
        """Return the speed of riders who say nothing of it, metres a second, as they travel or as is usual."""
        return self.walk_m_s if (travel or self.travel) == "walk" else self.ebike_m_s

    @property
    def little_left(self) -> timedelta:
        """The time before closing that is too short to rely on."""
        return timedelta(minutes=self.little_left_min)

    @property
    def takes_reports(self) -> bool:
        """Whether riders may report: they need the database, which a registry set to be only read does without."""
        return self.reports and not self.read_only

    @property
    def uses_wechat(self) -> bool:
        """Whether pages inside WeChat get its JS-SDK: it needs an account, its secret and an address that is signed."""
        return bool(self.wechat_app_id and self.wechat_app_secret and self.public_url) and not self.read_only

    @property
    def address(self) -> str:
        """Where whole links lead: the public address, or where the server listens; never what a request says."""
        return self.address_at(self.port)

    def address_at(self, port: int) -> str:
        """Return `address` for a server that listens on a port of the system's choice."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{port}"

    @property
    def approvals(self) -> tuple[str, ...]:
        """The approval number of each ground of the map, our own first; empty where there is none."""
        return (self.map_approval, *(self.layer_approvals.get(code, "") for code in self.online_layers))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], **options: object) -> Settings:
        """Read settings from an environment and the file it names; `options` that are not None go before them.

        Raises InvalidSettingsError, which names every problem; a name that is no setting's is one, for it is misspelt.
        """
        return cls.of(settings_sources.gather(environment, **options))

    @classmethod
    def of(cls, found: Sources) -> Settings:
        """Return the settings that were gathered; raises InvalidSettingsError with a line for each problem."""
        return made_of(cls, found)
