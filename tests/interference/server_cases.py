"""The conversations of the server half: what an application does, and what a client says to it."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.interference.app_answering import ANSWERING
from tests.interference.app_failing import FAILING
from tests.interference.app_reading import READERS
from tests.interference.scripts import (
    LINES,
    MIB,
    Script,
    answered_early,
    ask,
    chunk_by_chunk,
    expecting,
    expecting_the_end,
    finishing,
    goes_before_the_answer,
    head_in_parts,
    in_parts,
    is_not_sampled,
    one_after_another,
    pipelined,
    post,
    sends_bad_chunks,
    sends_more_than_it_says,
    sends_no_request,
    stops_receiving,
    stops_sending,
)

__all__ = ["CASES", "Case"]


FORM = b"name=cirros&password=hunter2&empty=&plus=a+b"
MULTIPART = (
    b'--limit\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    b'--limit\r\nContent-Disposition: form-data; name="b"; filename="b.bin"\r\n\r\n\x00\xff\r\n'
    b"--limit--\r\n"
)
DEEP = b"[" * 10_000 + b"]" * 10_000


@dataclass(frozen=True)
class Case:
    """One conversation.

    Attributes:
        name: of the case, unique.
        group: under which the table shows it.
        does: what the application does, by its name.
        script: what the client does.
        may_end: whether the application may end the server's process.
        limits: seconds that it may take on servers that do not end it.
        not_on: servers without the case, and why.
    """

    name: str
    group: str
    does: str
    script: Script
    may_end: bool = False
    limits: Mapping[str, float] = field(default_factory=dict)
    not_on: Mapping[str, str] = field(default_factory=dict)


LEFT_OPEN = {"waitress": 1.0}
"""waitress leaves a connection open for good if the application raises no `Exception`."""
NOT_CHUNKED = {"wsgiref": "wsgiref knows no chunked requests"}
BLOCKS = dict.fromkeys(("wsgiref", "werkzeug"), "reads the bare socket: waits for its end")
"""Where ``wsgi.input`` has no end, a client that wants an answer must close its side."""


def _reading() -> Iterator[Case]:
    kinds: dict[str, bytes | list[bytes]] = {
        "sized": LINES,
        "chunked": [LINES[:15], LINES[15:16], LINES[16:]],
        "empty": b"",
    }
    for kind, body in kinds.items():
        for reader in READERS:
            if kind == "empty" and reader not in ("read", "read-pieces", "readline", "iterate"):
                continue
            not_on = NOT_CHUNKED if kind == "chunked" else {}
            if kind == "sized" and reader in ("read-minus-one", "readlines"):
                not_on = {"eventlet": "reads on after the body's end"}
            # Where wsgi.input is the socket, only the client's end is an end.
            script = finishing(body) if kind != "chunked" else post(body)
            yield Case(f"{reader}-{kind}", "reading", reader, script, not_on=not_on)
    yield Case("read-without-length", "reading", "read-n", ask("POST"), not_on=BLOCKS)
    yield Case("lazily-sized", "reading", "lazily", finishing(LINES))
    yield Case("lazily-chunked", "reading", "lazily", post([LINES]), not_on=NOT_CHUNKED)
    yield Case("replaced-input", "reading", "replaced-input", post(LINES))
    yield Case("kept-input", "reading", "kept-input", post(LINES))


def _bodies() -> Iterator[Case]:
    def kind(text: str) -> tuple[str, str]:
        return ("Content-Type", text)

    packed = gzip.compress(LINES, mtime=0)
    coded = ("Content-Encoding", "gzip")
    yield Case("form", "bodies", "echo", post(FORM, kind("application/x-www-form-urlencoded")))
    yield Case(
        "multipart", "bodies", "echo", post(MULTIPART, kind("multipart/form-data; boundary=limit"))
    )
    yield Case("json", "bodies", "echo", post(b'{"a": [1]}', kind("application/json")))
    yield Case("json-deep", "bodies", "echo", post(DEEP, kind("application/json")))
    yield Case("json-cut", "bodies", "echo", post(b'{"a": "b', kind("application/json")))
    yield Case("gzip-body", "bodies", "echo", post(packed, kind("text/plain"), coded))
    yield Case("gzip-body-lies", "bodies", "echo", post(LINES, kind("text/plain"), coded))
    yield Case("binary", "bodies", "echo", post(bytes(range(256)), kind("image/png")))
    yield Case("charset-lies", "bodies", "echo", post(b"\xff\xfe", kind("text/plain; charset=no")))
    yield Case("latin-body", "bodies", "echo", post(b"Zo\xeb", kind("text/plain")))
    yield Case("mebibyte", "bodies", "echo", post(MIB))
    yield Case("mebibyte-chunked", "bodies", "echo", post([MIB]), not_on=NOT_CHUNKED)
    yield Case("mebibyte-through", "bodies", "echo-stream", post(MIB))
    yield Case("mebibyte-unread", "bodies", "list-length", answered_early)
    yield Case("put", "bodies", "echo", post(LINES, method="PUT"))
    yield Case("delete-with-body", "bodies", "echo", post(LINES, method="DELETE"))
    yield Case("get-with-body", "bodies", "echo", post(LINES, method="GET"))


def _answering() -> Iterator[Case]:
    for does in ANSWERING:
        if does in ("slow", "slow-length"):
            continue
        yield Case(f"{does}-get", "answering", does, ask())
        if not does.startswith(("headers-", "large", "gzip-bomb")):
            yield Case(f"{does}-head", "answering", does, ask("HEAD"))
    for does in ("slow", "slow-length"):
        yield Case(does, "answering", does, chunk_by_chunk)


def _failing() -> Iterator[Case]:
    for does in FAILING:
        if does.startswith(("endless", "answers-late")):
            continue
        ends = does.startswith("exit-")
        base = ends or does == "raises-generator-exit"
        limits = LEFT_OPEN if base else {}
        yield Case(does, "failing", does, ask(), may_end=ends, limits=limits)
        if not base and does.startswith(("raises", "exc-info")):
            yield Case(f"{does}-head", "failing", does, ask("HEAD"))
    yield Case("raises-unread", "failing", "raises-before", post(LINES))


def _conversations() -> Iterator[Case]:
    def case(name: str, does: str, script: Script, **more: Mapping[str, str]) -> Case:
        return Case(name, "conversations", does, script, **more)  # type: ignore[arg-type]

    yield case("keep-alive", "list-length", one_after_another("GET", "GET"))
    yield case("keep-alive-post", "echo", one_after_another("POST", "GET", "POST"))
    yield case("keep-alive-generator", "generator", one_after_another("GET", "GET"))
    yield case("keep-alive-head", "list-length", one_after_another("HEAD", "GET"))
    yield case("keep-alive-204", "status-204", one_after_another("GET", "GET"))
    yield case("keep-alive-unread", "list-length", one_after_another("POST", "GET"))
    yield case("keep-alive-fails", "raises-before", one_after_another("GET", "GET"))
    yield case("keep-alive-file", "file", one_after_another("GET", "GET"))
    yield case("pipelined", "list-length", pipelined("GET", "GET", "GET"))
    yield case("pipelined-post", "echo", pipelined("POST", "POST"))
    yield case("pipelined-generator", "generator", pipelined("GET", "GET"))
    yield case("expect", "echo", expecting)
    yield case("expect-unread", "list-length", expecting_the_end)
    yield case("in-parts", "as-it-comes", in_parts)
    yield case("head-in-parts", "echo", head_in_parts)
    yield case("upload-stops", "echo", stops_sending(b"cut", ("Content-Length", "40")))
    yield case(
        "upload-reset",
        "echo",
        stops_sending(b"cut", ("Content-Length", "40"), abruptly=True),
    )
    yield case(
        "upload-stops-chunked",
        "echo",
        stops_sending(b"28\r\ncut", ("Transfer-Encoding", "chunked")),
        not_on=NOT_CHUNKED,
    )
    yield case("download-stops", "endless", stops_receiving)
    yield case("download-stops-close", "endless-close", stops_receiving)
    yield case("download-stops-write", "endless-write", stops_receiving)
    yield case("gone-before-answer", "answers-late", goes_before_the_answer)
    yield case("http-1.0", "generator", ask(version="1.0", close=False))
    yield case("http-1.0-length", "list-length", ask(version="1.0", close=False))
    yield case("options-star", "list-length", ask("OPTIONS", target="*"))
    yield case("absolute-target", "list-length", ask(target="http://other.test/a?b=c"))
    yield case("odd-path", "list-length", ask(target=b"/a%C3%A9%20%2F;p=1//b?q=%E9&q=\xe9"))
    yield case("odd-method", "list-length", ask("FROB"))
    yield case("request-latin", "list-length", ask("GET", ("X-Latin", b"Zo\xeb \xff")))
    yield case("request-twice", "list-length", ask("GET", ("X-A", "1"), ("X-A", "2")))
    yield case("request-underscore", "list-length", ask("GET", ("X_Under", "1")))
    yield case("request-empty-header", "list-length", ask("GET", ("X-Empty", "")))
    yield case("request-large-header", "list-length", ask("GET", ("X-Large", "v" * 3000)))
    many: list[tuple[str, str | bytes]] = [(f"X-{number}", "v") for number in range(80)]
    yield case("request-many-headers", "list-length", ask("GET", *many))
    yield case("request-bad", "list-length", sends_no_request)
    yield case("body-longer", "echo", sends_more_than_it_says)
    yield case("chunks-bad", "echo", sends_bad_chunks, not_on=NOT_CHUNKED)
    yield case("no-trace", "list-length", ask(parent=False))
    parents: dict[str, str | bytes] = {
        "trace-words": "nonsense",
        "trace-zeros": f"00-{'0' * 32}-{'0' * 16}-01",
        "trace-upper": f"00-{'A' * 32}-{'B' * 16}-01",
        "trace-version": f"ff-{'a' * 32}-{'b' * 16}-01",
        "trace-long": "00-" + "a" * 5000,
        "trace-latin": b"00-\xff",
        "trace-empty": "",
    }
    for name, line in parents.items():
        yield case(name, "list-length", ask("GET", ("traceparent", line), parent=False))
    yield case("trace-unsampled", "list-length", is_not_sampled)
    yield case("tracestate-bad", "list-length", ask("GET", ("tracestate", "=,=;;\t,a=b")))
    yield case("tracestate-large", "list-length", ask("GET", ("tracestate", "k=v," * 600)))
    yield case("baggage-bad", "list-length", ask("GET", ("baggage", "%%%=;=,\\")))


def _all() -> list[Case]:
    groups = (_reading(), _bodies(), _answering(), _conversations(), _failing())
    return [case for group in groups for case in group]


CASES = sorted(_all(), key=lambda case: case.may_end)
"""Cases that may end the server's process come last."""
assert len({case.name for case in CASES}) == len(CASES)
