from __future__ import annotations

import pytest

from otelhook.render.shared.header_names import header_line, usual_name
from otelhook.sequence.document import Header


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("x-auth-token", "X-Auth-Token"),
        ("content-type", "Content-Type"),
        ("etag", "ETag"),
        ("www-authenticate", "WWW-Authenticate"),
        ("sec-websocket-key", "Sec-WebSocket-Key"),
        ("te", "TE"),
        ("traceparent", "traceparent"),
        ("x-openstack-request-id", "X-Openstack-Request-Id"),
        ("", ""),
        ("-a--b-", "-A--B-"),
    ],
)
def test_a_name_is_shown_in_its_usual_capitals(name: str, shown: str) -> None:
    assert usual_name(name) == shown


def test_a_header_stays_on_its_line() -> None:
    assert header_line(Header("x-a\n", "b\r\nX-Evil: c\x00")) == "X-A: b X-Evil: c\u2400"
