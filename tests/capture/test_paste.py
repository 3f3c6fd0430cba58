"""The filter for Paste Deploy, called as Paste Deploy calls it."""

from __future__ import annotations

import sys

import pytest
from paste.deploy import loadapp  # type: ignore[import-untyped]

import otelhook
from otelhook.errors import ConfigError


def test_a_section_of_the_paste_file_configures_the_middleware(
    instrument, serve, session, recorded
):
    instrument("image")

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"answer"]

    filtered = otelhook.filter_factory({"here": "/etc"}, service="image", body_limit="4")(app)
    session.get(serve(filtered))

    assert recorded.server()["http.response.body.content"] == "answ"


def test_what_a_loader_says_of_the_section_itself_is_no_setting(
    instrument, serve, session, recorded
):
    """Swift's own loader puts ``__name__`` among the values of each filter."""
    instrument("object-store")
    conf = {"service": "object-store", "__name__": "otelhook"}
    filtered = otelhook.filter_factory({}, **conf)(_nothing)
    session.get(serve(filtered))

    assert recorded.server()["http.response.status_code"] == 204


def _nothing(environ, start_response):
    start_response("204 No Content", [])
    return []


def test_a_wrong_value_in_the_section_is_said_when_it_is_loaded():
    with pytest.raises(ConfigError, match="body_limit"):
        otelhook.filter_factory({}, body_limit="much")(lambda environ, start: [])


def test_the_public_names_are_these():
    assert otelhook.__all__ == [
        "ASGIMiddleware",
        "Instrumentation",
        "Middleware",
        "compose",
        "filter_app_factory",
        "filter_factory",
        "instrument",
        "open_source",
        "read_trace",
        "render_document",
    ]
    assert all(getattr(otelhook, name) for name in otelhook.__all__)
    assert set(otelhook.__all__) <= set(dir(otelhook))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = otelhook.nothing


CONFIG = """
[app:answer]
paste.app_factory = answering:make

[filter:recorded]
use = {use}
service = image
body_limit = 4
{more}

[pipeline:main]
pipeline = recorded answer
"""

ANSWERING = """
def make(global_conf, **local_conf):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"answer"]
    return app
"""


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Load a pipeline with the real Paste Deploy, from a file."""
    (tmp_path / "answering.py").write_text(ANSWERING)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield lambda use, more="": loadapp(_write(tmp_path, use, more))
    sys.modules.pop("answering", None)


def _write(tmp_path, use, more):
    (tmp_path / "paste.ini").write_text(CONFIG.format(use=use, more=more))
    return f"config:{tmp_path}/paste.ini"


@pytest.mark.parametrize(
    "use", ["egg:otelhook", "egg:otelhook#main", "call:otelhook:filter_factory"]
)
def test_paste_deploy_finds_the_filter_and_its_section_is_its_settings(  # noqa: PLR0913, PLR0917 - fixtures
    load, use, instrument, serve, session, recorded
):
    instrument("image")

    assert session.get(serve(load(use))).content == b"answer"

    assert recorded.server()["http.response.body.content"] == "answ"


def test_a_section_that_allows_headers_only_records_no_body(
    load, instrument, serve, session, recorded
):
    instrument("image")

    session.get(serve(load("egg:otelhook", "capture = headers")))

    attributes = recorded.server()
    assert attributes["http.response.header.content-type"] == ("text/plain",)
    assert not [key for key in attributes if ".body." in key]


def test_a_wrong_name_in_the_section_is_one_clear_error(load):
    with pytest.raises(ConfigError, match="unknown setting 'bodylimit'"):
        load("egg:otelhook", "bodylimit = 5")


def test_the_entry_points_are_those_that_paste_deploy_looks_up(load):
    with pytest.raises(LookupError):
        load("egg:otelhook#other")
    with pytest.raises(ConfigError, match="body_limit"):
        otelhook.filter_app_factory(lambda environ, start: [], {}, body_limit="much")
