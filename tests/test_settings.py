from __future__ import annotations

from pathlib import Path

import pytest

from otelhook.errors import ConfigError
from otelhook.settings import load


def test_an_argument_beats_the_environment_which_beats_the_file_which_beats_the_default(
    tmp_path: Path,
) -> None:
    (tmp_path / "otelhook.toml").write_text('service = "f"\nbody_limit = "1k"\nbodies = "server"\n')
    environ = {"OTELHOOK_SERVICE": "e", "OTELHOOK_BODY_LIMIT": "2k", "HOME": "/home/u"}
    loaded = load({"service": "a", "body_limit": None}, environ=environ, folder=tmp_path)
    assert loaded.settings.service == "a"
    assert loaded.settings.body_limit == 2048
    assert loaded.settings.bodies == "server"
    assert loaded.settings.redact is True
    assert loaded.origin["service"] == "argument"
    assert loaded.origin["body_limit"] == "environment (OTELHOOK_BODY_LIMIT)"
    assert loaded.origin["bodies"].startswith("file (")
    assert loaded.origin["redact"] == "default"


def test_limits_of_bodies_are_a_table_a_list_or_one_line(tmp_path: Path) -> None:
    rules = (("image/*", 0), ("application/json", 204_800))
    table = 'body_types = { "image/*" = 0, "application/json" = "200k" }\n'
    lines = 'body_types = ["image/* = 0", "application/json = 200k"]\n'
    for text in (table, lines):
        (tmp_path / "otelhook.toml").write_text(text)
        assert load(environ={}, folder=tmp_path).settings.body_types == rules
    environ = {"OTELHOOK_BODY_TYPES": "image/*=0, application/json=200k"}
    assert load(environ=environ, folder=tmp_path).settings.body_types == rules
    routes = {"body_routes": "POST /v3/auth/tokens=0, /a=b*=4k"}
    found = load(routes, environ={}, folder=tmp_path).settings.body_routes
    assert found == (("POST /v3/auth/tokens", 0), ("/a=b*", 4096))


def test_the_standard_variable_names_the_service_unless_ours_does(tmp_path: Path) -> None:
    standard = {"OTEL_SERVICE_NAME": "image"}
    assert load(environ=standard, folder=tmp_path).settings.service == "image"
    both = {**standard, "OTELHOOK_SERVICE": "ours"}
    assert load(environ=both, folder=tmp_path).settings.service == "ours"


def test_the_data_folder_follows_the_xdg_specification(tmp_path: Path) -> None:
    def folder(environ: dict[str, str]) -> Path:
        return load(environ=environ, folder=tmp_path).settings.data_dir

    assert folder({"HOME": "/home/u"}) == Path("/home/u/.local/state/otelhook")
    assert folder({"HOME": "/home/u", "XDG_STATE_HOME": "/s"}) == Path("/s/otelhook")
    assert folder({"HOME": "/h", "XDG_STATE_HOME": "rel"}) == Path("/h/.local/state/otelhook")


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("OTELHOOK_BODIES", "some", "expected both, server, client or off"),
        ("OTELHOOK_BODY_LIMIT", "-1", "expected a size"),
        ("OTELHOOK_REDACT", "perhaps", "expected on or off"),
        ("OTELHOOK_SEQUENCE_QUIET", "nan", "expected a number of seconds"),
        ("OTELHOOK_BODY_TYPES", "image/*", "expected PATTERN=SIZE"),
        ("OTELHOOK_BODY_TYPES", "image/*=many", "expected a size"),
        ("OTELHOOK_BODY_ROUTES", "POST=0", "expected paths, with a method before them"),
        ("OTELHOOK_BODY_ROUTES", "POST v3/tokens=0", "expected paths, with a method before them"),
    ],
)
def test_a_value_of_the_wrong_form_names_its_variable_and_what_is_expected(
    tmp_path: Path, variable: str, value: str, says: str
) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        load(environ={variable: value}, folder=tmp_path)
    assert str(caught.value).startswith(variable)


def test_an_unknown_name_in_the_file_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "otelhook.toml").write_text("bodylimit = 3\n")
    with pytest.raises(ConfigError, match=r"unknown setting 'bodylimit'; known: .*body_limit"):
        load(environ={}, folder=tmp_path)


def test_a_file_that_is_not_toml_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "otelhook.toml").write_text("service =")
    with pytest.raises(ConfigError, match="not valid TOML") as caught:
        load(environ={}, folder=tmp_path)
    assert "\n" not in str(caught.value)


def test_a_named_file_must_exist_and_the_usual_one_need_not(tmp_path: Path) -> None:
    assert load(environ={}, folder=tmp_path).settings.service == ""
    with pytest.raises(ConfigError, match="OTELHOOK_CONFIG names it"):
        load(environ={"OTELHOOK_CONFIG": str(tmp_path / "none.toml")})


def test_names_are_read_from_a_list_or_from_commas(tmp_path: Path) -> None:
    environ = {"OTELHOOK_REDACT_NAMES": "x-one, x-two ,"}
    assert load(environ=environ, folder=tmp_path).settings.redact_names == ("x-one", "x-two")
    (tmp_path / "otelhook.toml").write_text('redact_names = ["x-three"]')
    assert load(environ={}, folder=tmp_path).settings.redact_names == ("x-three",)
