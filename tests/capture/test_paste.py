"""The filter for Paste Deploy, called as Paste Deploy calls it."""

from __future__ import annotations

import pytest

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


def test_a_wrong_value_in_the_section_is_said_when_it_is_loaded():
    with pytest.raises(ConfigError, match="body_limit"):
        otelhook.filter_factory({}, body_limit="much")(lambda environ, start: [])


def test_the_public_names_are_these():
    assert otelhook.__all__ == ["Instrumentation", "Middleware", "filter_factory", "instrument"]
    assert all(getattr(otelhook, name) for name in otelhook.__all__)
    assert set(otelhook.__all__) <= set(dir(otelhook))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = otelhook.nothing
