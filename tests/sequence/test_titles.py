"""What a document is called."""

from __future__ import annotations

from typing import Any

import pytest

from otelhook.model import SpanKind
from otelhook.sequence import compose
from otelhook.sequence.assembly.assemble import assemble


def below_a_program(recorder: Any, *calls: str, name: str = "", **attributes: Any) -> Any:
    """Record the calls of the program ``cli``, and one that is made for the first of them."""
    root, start = recorder.new_id(), recorder.now
    for call in calls:
        with recorder.call("cli", "api", call, parent=root) as server:
            if call == calls[0]:
                with recorder.call("api", "keys", "POST /audit", parent=server):
                    pass
    recorder.span(
        SpanKind.INTERNAL, "cli", start, recorder.tick(), attributes, span_id=root, name=name
    )
    return assemble(recorder.spans)


@pytest.mark.parametrize(
    ("calls", "title"),
    [
        (("GET /",), "cli: GET /"),
        (("GET /", "GET /images"), "cli: GET /images"),
        (("POST /v3/auth/tokens", "GET /images"), "cli: GET /images"),
        (("POST /oauth2/token", "POST /images", "GET /images"), "cli: POST /images"),
        (("POST /images", "PUT /file", "GET /images"), "cli: POST /images, PUT /file"),
        (("POST /a", "PUT /b", "DELETE /c", "PUT /b"), "cli: POST /a, PUT /b and 1 more"),
    ],
)
def test_a_program_whose_span_has_its_name_alone_is_told_by_what_it_called(
    recorder: Any, calls: tuple[str, ...], title: str
) -> None:
    assert below_a_program(recorder, *calls, name="cli").title == title


def test_a_program_whose_span_says_what_it_does_is_called_so(recorder: Any) -> None:
    assert below_a_program(recorder, "POST /images", name="nightly import").title == (
        "nightly import"
    )


def test_a_command_is_called_by_its_line(recorder: Any) -> None:
    arguments = {"process.command_args": ("/usr/bin/cli", "image", "add")}
    document = below_a_program(recorder, "POST /images", name="cli", **arguments)
    assert document.title == "cli image add"


def test_no_secret_of_a_call_is_in_the_title(recorder: Any) -> None:
    below_a_program(recorder, "PUT /tokens/ghp_0123456789abcdefghijABCDEFGHIJ012345", name="cli")
    title = compose(recorder.spans).title
    assert title.startswith("cli: PUT /tokens/")
    assert "ghp_" not in title


@pytest.mark.parametrize("name", ["GET", "get", "HTTP GET", "http get", "HTTP", "GET request"])
def test_a_root_that_is_called_by_its_method_says_what_was_asked_for(
    recorder: Any, name: str
) -> None:
    asked = {"http.request.method": "GET", "url.path": "/albums/7", "url.scheme": "http"}
    recorder.span(SpanKind.SERVER, "api", 1, 2, asked, name=name)
    assert assemble(recorder.spans).title == "GET /albums/7"


@pytest.mark.parametrize("name", ["GET /{album}", "show album", "POST", "HTTP GET /albums/{id}"])
def test_a_root_that_says_more_than_its_method_keeps_its_name(recorder: Any, name: str) -> None:
    asked = {"http.request.method": "GET", "url.path": "/albums/7", "url.scheme": "http"}
    recorder.span(SpanKind.SERVER, "api", 1, 2, asked, name=name)
    assert assemble(recorder.spans).title == name


@pytest.mark.parametrize(
    ("name", "attributes", "title"),
    [
        (
            "SELECT",
            {"db.system.name": "mysql", "db.query.text": "SELECT * FROM albums"},
            "SELECT albums",
        ),
        (
            "send",
            {"messaging.system": "kafka", "messaging.destination.name": "albums"},
            "publish albums",
        ),
        (
            "albums send",
            {"messaging.system": "kafka", "messaging.destination.name": "albums"},
            "albums send",
        ),
    ],
)
def test_a_verb_alone_says_nothing_of_its_object(
    recorder: Any, name: str, attributes: Any, title: str
) -> None:
    kind = SpanKind.PRODUCER if "send" in name else SpanKind.CLIENT
    recorder.span(kind, "api", 1, 2, attributes, name=name)
    assert assemble(recorder.spans).title == title


@pytest.mark.parametrize(
    ("calls", "title"),
    [
        (("POST /orders", "GET /orders/7"), "POST /orders and 1 more"),
        (("GET /a", "GET /b", "GET /a", "DELETE /c"), "GET /a and 3 more"),
        (("GET /job", "GET /job", "GET /job"), "GET /job, 3 times"),
    ],
)
def test_a_document_of_several_beginnings_says_how_many_there_are(
    recorder: Any, calls: tuple[str, ...], title: str
) -> None:
    for call in calls:
        with (
            recorder.call("cli", "api", call) as server,
            recorder.call("api", "keys", "POST /audit", parent=server),
        ):
            pass
    assert assemble(recorder.spans).title == title


def test_programs_that_drew_nothing_began_nothing(recorder: Any) -> None:
    recorder.span(SpanKind.INTERNAL, "cli", 1, 2, {}, name="warm up")
    asked = {"http.request.method": "GET", "url.path": "/albums", "url.scheme": "http"}
    recorder.span(SpanKind.SERVER, "api", 3, 4, asked, name="GET /albums")
    assert assemble(recorder.spans).title == "GET /albums"


def test_programs_that_called_several_times_began_once_each(recorder: Any) -> None:
    for name in ("nightly import", "nightly report"):
        below_a_program(recorder, "GET /a", "POST /b", name=name)
    assert assemble(recorder.spans).title == "nightly import and 1 more"


def test_spans_whose_parents_are_lost_are_no_beginnings(recorder: Any) -> None:
    for parent in ("1" * 16, "2" * 16):
        with recorder.call("cli", "api", "GET /a", parent=parent):
            pass
    assert assemble(recorder.spans).title == "GET /a"
