"""Settings come from the environment, and a wrong one is an error instead of a surprise."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from stationmap.resources import demo_registry
from stationmap.settings import Settings
from stationmap.settings_sources import InvalidSettingsError

GIVEN = {
    "city": "/srv/city",
    "registry": "/srv/stations.geojson",
    "holidays": "/srv/holidays.json",
    "max_registry_mb": "2048",
    "data": "/srv/data",
    "backups": "/srv/backups",
    "database_url": "postgresql://user:secret@host/stations",
    "shared_as": "xuzhou",
    "read_only": "true",
    "host": "::1",
    "port": "0",
    "poll_s": "0.5",
    "walk_m_s": "1.5",
    "ebike_m_s": "6",
    "detour": "1.4",
    "travel": "walk",
    "little_left_min": "15",
    "online_layers": "osm, tianditu",
    "tianditu_key": "abc",
    "public_url": "https://stations.example.org",
    "second_factor": "admins",
    "oidc_issuer": "https://id.example.org/realms/union",
    "oidc_client_id": "stationmap",
    "oidc_client_secret": "secret of the client",
    "wechat_app_id": "wx0123456789abcdef",
    "wechat_app_secret": "secret of the account",
    "verify_dir": "/srv/verify",
    "metrics": "127.0.0.1:9464",
    "log_format": "json",
    "operator": "徐州市总工会 0516-00000000",
    "security_contact": "mailto:security@example.org",
    "icp_number": "苏ICP备2026000001号-1",
    "police_number": "苏公网安备32030002000001号",
    "map_approval": "GS(2026)1号",
    "layer_approvals": "tianditu = GS(2026)2号, ",
    "url_prefix": "/stations",
    "photo_hosts": "img.example.cn, cdn.example.org:8443",
    "cors": "false",
    "frame_ancestors": "https://www.example.org, https://*.example.cn:8443",
    "audit_areas": "/srv/areas.geojson",
    "audit_demand": "/srv/people.csv",
    "audit": "staff",
    "notify_file": "/srv/channels.toml",
    "notify_every_min": "15",
    "reports": "false",
    "mark_devices": "4",
    "mark_within_min": "30",
    "mark_lasts_h": "12",
    "deadline_s": "2.5",
    "staff_deadline_s": "30",
}
"""Every setting as a variable gives it, none of them the default."""


def test_without_any_variable_the_demonstration_registry_is_served_on_this_machine_only() -> None:
    settings = Settings.from_environment({"PATH": "/bin"})
    assert settings.registry == demo_registry()
    assert settings.registry.is_file()
    assert settings.host == "127.0.0.1"
    assert settings.online_layers == ()


def test_every_setting_is_read_from_its_variable() -> None:
    assert set(GIVEN) == set(Settings.model_fields)
    settings = Settings.from_environment({f"STATIONMAP_{name.upper()}": value for name, value in GIVEN.items()})
    assert settings.online_layers == ("osm", "tianditu")
    assert settings.photo_hosts == ("img.example.cn", "cdn.example.org:8443")
    assert settings.layer_approvals == {"tianditu": "GS(2026)2号"}
    assert settings.approvals == ("GS(2026)1号", "", "GS(2026)2号")
    assert (str(settings.data), settings.read_only) == ("/srv/data", True)
    assert str(settings.backups) == "/srv/backups"
    assert str(Settings.from_environment({"STATIONMAP_DATA": "/srv/data"}).backups) == "/srv/data/backups"
    assert "secret" not in repr(settings)
    assert str(settings.verify_dir) == "/srv/verify" and settings.uses_wechat is False  # only read
    assert (settings.port, settings.poll_s, settings.ebike_m_s) == (0, 0.5, 6.0)
    assert (str(settings.notify_file), settings.notify_every_min) == ("/srv/channels.toml", 15.0)
    assert (settings.deadline_s, settings.staff_deadline_s) == (2.5, 30.0)
    assert str(settings.registry) == "/srv/stations.geojson"
    assert (str(settings.audit_areas), str(settings.audit_demand)) == ("/srv/areas.geojson", "/srv/people.csv")


def test_what_is_given_goes_before_the_environment_and_none_gives_nothing() -> None:
    settings = Settings.from_environment({"STATIONMAP_PORT": "1", "STATIONMAP_HOST": "0.0.0.0"}, port=2, host=None)
    assert (settings.port, settings.host) == (2, "0.0.0.0")


def test_a_variable_set_to_nothing_counts_as_not_set() -> None:
    assert Settings.from_environment({"STATIONMAP_PORT": ""}).port == Settings().port


def test_every_wrong_setting_is_named_at_once() -> None:
    wrong = {"STATIONMAP_PROT": "80", "STATIONMAP_PORT": "70000", "STATIONMAP_DETOUR": "nan", "STATIONMAP_POLL_S": "0"}
    with pytest.raises(InvalidSettingsError) as refusal:
        Settings.from_environment({**wrong, "STATIONMAP_ONLINE_LAYERS": "osm,google", "STATIONMAP_WALK_M_S": "inf"})
    lines = str(refusal.value).splitlines()
    assert {line.split(":")[0] for line in lines} == {*wrong, "STATIONMAP_ONLINE_LAYERS", "STATIONMAP_WALK_M_S"}


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc]


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("value", ["amap", "amap=", "google=GS(2026)1号", f"amap={'1' * 201}"])
def test_an_approval_number_belongs_to_a_layer_there_is(value: str) -> None:
    with pytest.raises(InvalidSettingsError, match="STATIONMAP_LAYER_APPROVALS"):
        Settings.from_environment({"STATIONMAP_LAYER_APPROVALS": value})


def test_what_the_program_remembers_is_in_the_folder_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/srv/of-programs")
    assert str(Settings.from_environment({}).data) == "/srv/of-programs/stationmap"
    monkeypatch.setenv("XDG_DATA_HOME", "not/whole")
    monkeypatch.setenv("HOME", "/home/wang")
    assert str(Settings.from_environment({}).data) == "/home/wang/.local/share/stationmap"


@pytest.mark.parametrize("value", ["9464", "127.0.0.1", "127.0.0.1:99999", ":9464", "a b:1", "::1:9464", "http://a:1"])
def test_metrics_need_an_address_and_a_port(value: str) -> None:
    with pytest.raises(InvalidSettingsError, match=r"STATIONMAP_METRICS: .*127\.0\.0\.1:9464"):
        Settings.from_environment({"STATIONMAP_METRICS": value})


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("PORT", "八千", "监听端口 要写整数 "),
        ("PORT", "0x1F90", "监听端口 要写整数 "),
        ("READ_ONLY", "也许", "只读，不用数据库 要写 true 或 false "),
        ("PUBLIC_URL", "stations.example.org", "访客所用的网址 写法不对 "),
        ("AUDIT", "nobody", "谁可以看审计页 没有这个选项 "),
    ],
)
def test_a_wrong_value_is_named_in_chinese_with_what_the_setting_is(variable: str, value: str, said: str) -> None:
    with pytest.raises(InvalidSettingsError, match=f"^STATIONMAP_{variable}: {said}"):
        Settings.from_environment({f"STATIONMAP_{variable}": value})


@pytest.mark.parametrize(
    "value", ["*,none", "https://a.example,*", "a.example", "https://a.example/path", "https://a;b", "'self'"]
)
def test_who_may_frame_is_named_by_origins_or_by_one_word(value: str) -> None:
    with pytest.raises(InvalidSettingsError, match="STATIONMAP_FRAME_ANCESTORS"):
        Settings.from_environment({"STATIONMAP_FRAME_ANCESTORS": value})
