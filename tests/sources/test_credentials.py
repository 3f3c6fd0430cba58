"""Credentials of backends: from the environment, and never shown."""

from __future__ import annotations

import pytest

from otelhook.errors import ConfigError
from otelhook.sources.backends.credentials import Credentials


def test_each_kind_of_backend_has_its_own() -> None:
    environ = {"OTELHOOK_JAEGER_TOKEN": " abc\n", "OTELHOOK_TEMPO_LOGIN": "me:pass:word"}
    assert Credentials.read("jaeger", environ).headers() == {"Authorization": "Bearer abc"}
    assert Credentials.read("tempo", environ).login == "me:pass:word"
    assert Credentials.read("zipkin", environ).headers() == {}


def test_a_tenant_is_named_beside_a_login() -> None:
    environ = {"OTELHOOK_TEMPO_TENANT": "team-a", "OTELHOOK_TEMPO_LOGIN": "me:pass"}
    assert Credentials.read("tempo", environ).headers() == {
        "X-Scope-OrgID": "team-a",
        "Authorization": "Basic bWU6cGFzcw==",
    }


def test_a_token_comes_before_a_login() -> None:
    both = {"OTELHOOK_JAEGER_TOKEN": "abc", "OTELHOOK_JAEGER_LOGIN": "me:pass"}
    assert Credentials.read("jaeger", both).headers() == {"Authorization": "Bearer abc"}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TOKEN", "s3cret\r\nX-Evil: 1", "OTELHOOK_JAEGER_TOKEN cannot be sent"),
        ("TOKEN", "s3cret more", "OTELHOOK_JAEGER_TOKEN cannot be sent"),
        ("TOKEN", "s3cret\u00e4", "OTELHOOK_JAEGER_TOKEN cannot be sent"),
        ("TENANT", "s3cret\nX-Evil: 1", "OTELHOOK_JAEGER_TENANT cannot be sent"),
        ("LOGIN", "s3cret", "OTELHOOK_JAEGER_LOGIN: expected USER:PASSWORD"),
    ],
)
def test_one_that_cannot_be_sent_is_said_and_not_shown(name: str, value: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        Credentials.read("jaeger", {f"OTELHOOK_JAEGER_{name}": value})
    assert "s3cret" not in str(caught.value)


def test_none_is_shown() -> None:
    shown = repr(Credentials("OTELHOOK_JAEGER", token="s3cret", login="me:s3cret"))
    assert shown == "Credentials(prefix='OTELHOOK_JAEGER')"
