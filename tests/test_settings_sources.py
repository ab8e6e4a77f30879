"""Settings from a file, secrets from files of their own, and the command that prints what holds."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from stationmap import settings_sources
from stationmap.cli import command
from stationmap.settings import Settings
from stationmap.settings_sources import SECRETS, InvalidSettingsError
from tests.test_settings import GIVEN

TABLES = {
    "online_layers": ["osm", "tianditu"],
    "photo_hosts": ["img.example.cn", "cdn.example.org:8443"],
    "cors": False,
    "frame_ancestors": ["https://www.example.org", "https://*.example.cn:8443"],
    "layer_approvals": {"tianditu": "GS(2026)2号"},
    "port": 0,
    "read_only": True,
    "poll_s": 0.5,
}
"""Settings as TOML has them, where a variable has text."""


def kept(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def settings_of(path: Path, **environment: str) -> Settings:
    return Settings.from_environment({"STATIONMAP_CONFIG": str(path), **environment})


def refused(path: Path, **environment: str) -> list[str]:
    with pytest.raises(InvalidSettingsError) as refusal:
        settings_of(path, **environment)
    return str(refusal.value).splitlines()


def printed(monkeypatch: pytest.MonkeyPatch, path: Path, *options: str) -> Result:
    monkeypatch.setenv("STATIONMAP_CONFIG", str(path))
    return CliRunner().invoke(command, ["settings", *options])


def toml(values: dict[str, object]) -> str:
    inline = {name: value for name, value in values.items() if not isinstance(value, dict)}
    tables = {name: value for name, value in values.items() if isinstance(value, dict)}
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in inline.items()]
    for name, table in tables.items():
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items())]
    return "\n".join(lines)


def test_a_file_gives_every_setting_as_variables_do(tmp_path: Path) -> None:
    values = {name: value for name, value in GIVEN.items() if name not in TABLES}
    variables = {f"STATIONMAP_{name.upper()}": value for name, value in GIVEN.items()}
    assert settings_of(kept(tmp_path / "own.toml", toml(values | TABLES))) == Settings.from_environment(variables)


def test_an_option_goes_before_a_variable_and_a_variable_before_the_file(tmp_path: Path) -> None:
    path = kept(tmp_path / "own.toml", 'port = 1\nhost = "::1"\nwalk_m_s = 1.5\noperator = ""')
    settings = Settings.from_environment(
        {"STATIONMAP_CONFIG": str(path), "STATIONMAP_PORT": "2", "STATIONMAP_HOST": "0.0.0.0"}, port=3, host=None
    )
    assert (settings.port, settings.host, settings.walk_m_s) == (3, "0.0.0.0", 1.5)
    assert settings.operator == ""


def test_a_relative_path_leads_from_the_file_it_stands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "etc").mkdir()
    kept(tmp_path / "etc/own.toml", 'registry = "../list.geojson"\ndata = "/srv/data"')
    monkeypatch.chdir(tmp_path)
    settings = settings_of(Path("etc/own.toml"), STATIONMAP_HOLIDAYS="days.json")
    assert settings.registry == tmp_path / "etc/../list.geojson"
    assert (settings.data, settings.holidays) == (Path("/srv/data"), Path("days.json"))


def test_the_usual_file_is_read_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings_sources, "USUAL_FILE", tmp_path / "stationmap.toml")
    assert Settings.from_environment({}).port == 8000
    kept(tmp_path / "stationmap.toml", "\ufeffport = 81")
    assert Settings.from_environment({}).port == 81
    assert Settings.from_environment({"STATIONMAP_CONFIG": "/dev/null"}).port == 8000


def test_a_usual_file_that_cannot_be_looked_at_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings_sources, "USUAL_FILE", tmp_path / ("x" * 300))
    with pytest.raises(InvalidSettingsError, match="x: File name too long"):
        Settings.from_environment({})


def test_the_secrets_are_the_settings_that_are_never_shown() -> None:
    assert {name for name, field in Settings.model_fields.items() if not field.repr} == SECRETS


@pytest.mark.parametrize("name", sorted(SECRETS))
@pytest.mark.parametrize("place", ["variable", "file"])
def test_a_secret_may_stand_in_a_file_of_its_own(name: str, place: str, tmp_path: Path) -> None:
    kept(tmp_path / "secret", "postgresql://u:geheim@h/d\r\n")
    variable = {f"STATIONMAP_{name.upper()}_FILE": str(tmp_path / "secret")} if place == "variable" else {}
    path = kept(tmp_path / "own.toml", f'{name}_file = "secret"' if place == "file" else "", 0o644)
    assert getattr(settings_of(path, **variable), name) == "postgresql://u:geheim@h/d"


def test_only_the_setting_that_is_wrong_is_named(tmp_path: Path) -> None:
    (line,) = refused(kept(tmp_path / "own.toml", "data = 5\n"))
    assert line.startswith(f"{tmp_path}/own.toml: data: ")


def test_what_cannot_be_is_named_at_once_with_its_place_and_no_secret(tmp_path: Path) -> None:
    kept(tmp_path / "two", "geheim\nauch")
    path = kept(
        tmp_path / "own.toml",
        'prot = 1\nport = "geheim"\nhost = 5\ndatabase_url = "geheim"\ndatabase_url_file = "two"\n'
        'oidc_client_secret_file = "two"\nnotify_file_file = "x"',
        0o644,
    )
    lines = refused(path, STATIONMAP_DETUOR="2")
    starts = {
        f"{path}: 别人可读或可改",
        f"{path}: database_url_file: 与",
        f"{path}: oidc_client_secret_file: {tmp_path}/two: 应只有一行密钥",
        f"{path}: prot: 没有这个设置 no such setting, 是否 did you mean port?",
        f"{path}: port: ",
        f"{path}: host: ",
        f"{path}: notify_file_file: 没有这个设置",
        "STATIONMAP_DETUOR: 没有这个设置 no such setting, 是否 did you mean detour?",
    }
    assert len(lines) == len(starts)
    assert all(any(line.startswith(start) for line in lines) for start in starts)
    assert "geheim" not in "".join(lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('port = 81\npasswort = "geheim', "不是 TOML is no TOML: end of document"),
        ("secret = geheim\nport = 1", "不是 TOML is no TOML: line 1, column 10"),
        ("port = 1\nport = 2", "不是 TOML"),
        ("#" * 70_000, "is larger than 65,536 bytes"),
    ],
)
def test_a_file_that_is_none_is_refused_without_what_stands_in_it(text: str, message: str, tmp_path: Path) -> None:
    (line,) = refused(kept(tmp_path / "own.toml", text))
    assert message in line
    assert "geheim" not in line


def test_a_file_that_is_named_and_missing_is_an_error(tmp_path: Path) -> None:
    (line,) = refused(tmp_path / "none.toml")
    assert line.startswith(f"STATIONMAP_CONFIG: {tmp_path}/none.toml: ")


def test_the_command_prints_a_file_that_gives_the_same_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(tmp_path / "secret", "geheim")
    values = {name: value for name, value in GIVEN.items() if name not in TABLES and name not in SECRETS}
    pointers = {f"{name}_file": str(tmp_path / "secret") for name in SECRETS}
    path = kept(tmp_path / "own.toml", toml(values | pointers | TABLES))
    result = printed(monkeypatch, path)
    assert result.exit_code == 0
    again = kept(tmp_path / "again.toml", result.stdout)
    assert settings_of(again, STATIONMAP_DATA="/srv/data") == settings_of(path, STATIONMAP_DATA="/srv/data")
    assert "geheim" not in result.output


def test_the_command_says_where_each_setting_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATIONMAP_OIDC_CLIENT_SECRET", "geheim")
    path = kept(tmp_path / "own.toml", "port = 81")
    result = printed(monkeypatch, path, "--json")
    document = json.loads(result.stdout)
    assert document["file"] == str(path)
    found = document["settings"]
    assert (found["port"]["value"], found["port"]["from"]) == (81, f"{path}: port")
    assert (found["host"]["value"], found["host"]["from"]) == ("127.0.0.1", "default")
    assert found["oidc_client_secret"]["from"] == "STATIONMAP_OIDC_CLIENT_SECRET"
    assert "geheim" not in result.output
    assert set(found) == set(Settings.model_fields)
    text = printed(monkeypatch, path).stdout
    assert f"port = 81  # 来自 from {path}: port" in text
    assert '# host = "127.0.0.1"  # 默认 default' in text
    assert "geheim" not in text
    assert tomllib.loads(text)["port"] == 81


def test_the_command_prints_nothing_of_settings_that_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = printed(monkeypatch, kept(tmp_path / "own.toml", 'prot = 1\nport = "x"'))
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 2)


def test_every_setting_says_what_it_is_in_chinese_too() -> None:
    assert [name for name, field in Settings.model_fields.items() if not (field.title or "").isprintable()] == []
    assert [name for name, field in Settings.model_fields.items() if not field.title or field.title.isascii()] == []


def test_help_appears_whatever_the_settings_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATIONMAP_CONFIG", str(kept(tmp_path / "own.toml", "= broken")))
    assert CliRunner().invoke(command, ["nearest", "--help"]).exit_code == 0


def test_no_command_writes_on_the_file_of_settings_or_of_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(tmp_path / "secret", "geheim")
    path = kept(tmp_path / "own.toml", 'oidc_client_secret_file = "secret"')
    monkeypatch.setenv("STATIONMAP_CONFIG", str(path))
    for name in ("own.toml", "secret"):
        result = CliRunner().invoke(command, ["map", str(tmp_path / name), "--force"])
        assert "is a file that is read here" in result.stderr
    assert (tmp_path / "secret").read_text() == "geheim"
