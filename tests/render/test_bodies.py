from __future__ import annotations

import pytest

from otelhook.render.bodies.registry import shown_body
from otelhook.sequence.document import Body

JSON = "application/json"


@pytest.mark.parametrize(
    ("body", "language", "text"),
    [
        (None, "text", "not recorded"),
        (Body(None), "text", "not recorded"),
        (
            Body(None, 1234, content_type="image/png"),
            "text",
            "not recorded (image/png, 1,234 bytes)",
        ),
        (Body(None, 0), "text", "none"),
        (Body("", 0), "text", "none"),
        (Body(b"", 0), "text", "none"),
        (Body("  ", 2), "text", "  "),
        (Body('{"a":1}', 7, content_type=JSON), "json", '{\n  "a": 1\n}'),
        (Body('{"a":1}', 7), "json", '{\n  "a": 1\n}'),
        (Body('{"a":', 70, truncated=True, content_type=JSON), "json", '{"a":'),
        (Body('{"a":1}', 70, truncated=True, content_type=JSON), "json", '{"a":1}'),
        (Body("{not json}", 10, content_type="text/plain"), "text", "{not json}"),
        (Body("<a/>", 4, content_type="application/xml"), "xml", "<a/>"),
        (Body("<p>", 3, content_type="text/html; charset=utf-8"), "html", "<p>"),
        (Body("a=1", 3, content_type="application/x-www-form-urlencoded"), "text", "a = 1"),
        (
            Body(b"QFI\xfb", 21_233_664, truncated=True, content_type="application/octet-stream"),
            "text",
            "binary: application/octet-stream, 21,233,664 bytes\n51 46 49 fb ...",
        ),
        (Body(b"\x00", 1), "text", "binary: 1 byte\n00"),
    ],
)
def test_a_body_is_shown_for_what_it_is(body: Body | None, language: str, text: str) -> None:
    shown = shown_body(body)
    assert (shown.language, shown.text) == (language, text)
