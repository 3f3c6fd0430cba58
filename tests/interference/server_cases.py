"""The conversations of the server half: what an application does, and what a client says to it."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.interference.app_answering import ANSWERING
from tests.interference.app_failing import FAILING
from tests.interference.app_reading import READERS
from tests.interference.wire import Talk, chunked

__all__ = ["CASES", "Case"]

Script = Callable[[Talk], None]

LINES = b"first line\nsecond line\nthe last, cut off"
assert len(LINES) == 40
FORM = b"name=cirros&password=hunter2&empty=&plus=a+b"
MULTIPART = (
    b'--limit\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    b'--limit\r\nContent-Disposition: form-data; name="b"; filename="b.bin"\r\n\r\n\x00\xff\r\n'
    b"--limit--\r\n"
)
DEEP = b"[" * 10_000 + b"]" * 10_000
MIB = bytes(range(256)) * 4096


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


def _ask(method: str = "GET", *headers: tuple[str, str | bytes], **how: object) -> Script:
    """One request without a body, and the whole answer."""

    def script(talk: Talk) -> None:
        talk.send(talk.head(method, *headers, **how))  # type: ignore[arg-type]
        talk.rest()

    return script


def _post(
    body: bytes | list[bytes],
    *headers: tuple[str, str | bytes],
    method: str = "POST",
    finish: bool = False,
) -> Script:
    """One request with a body, of a known length, or in chunks if it is given as a list."""

    def script(talk: Talk) -> None:
        talk.send(talk.head(method, *_framing(body), *headers) + _framed(body))
        if finish:
            talk.finish_sending()
        talk.rest()

    return script


def _framing(body: bytes | list[bytes]) -> list[tuple[str, str | bytes]]:
    if isinstance(body, list):
        return [("Transfer-Encoding", "chunked")]
    return [("Content-Length", str(len(body)))]


def _framed(body: bytes | list[bytes]) -> bytes:
    return chunked(body) if isinstance(body, list) else body


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
            script = _finishing(body) if kind != "chunked" else _post(body)
            yield Case(f"{reader}-{kind}", "reading", reader, script, not_on=not_on)
    yield Case("read-without-length", "reading", "read-n", _ask("POST"), not_on=BLOCKS)
    yield Case("lazily-sized", "reading", "lazily", _finishing(LINES))
    yield Case("lazily-chunked", "reading", "lazily", _post([LINES]), not_on=NOT_CHUNKED)
    yield Case("replaced-input", "reading", "replaced-input", _post(LINES))
    yield Case("kept-input", "reading", "kept-input", _post(LINES))


def _finishing(body: bytes | list[bytes]) -> Script:
    """As `_post`; to a server whose input has no end, the client says its own."""

    def script(talk: Talk) -> None:
        talk.send(talk.head("POST", *_framing(body)) + _framed(body))
        if talk.endless_input:
            talk.finish_sending()
        talk.rest()

    return script


def _answered_early(talk: Talk) -> None:
    """Send the rest of a large body once the answer is there: a server that closes with input
    unread resets the connection, and what is on its way then may be lost.
    """
    data = talk.head("POST", *_framing(MIB)) + MIB
    talk.send(data[:100_000])
    talk.until(b"three", 1.0)
    talk.send(data[100_000:])
    if talk.endless_input:
        talk.finish_sending()
    talk.rest()


def _bodies() -> Iterator[Case]:
    def kind(text: str) -> tuple[str, str]:
        return ("Content-Type", text)

    packed = gzip.compress(LINES, mtime=0)
    coded = ("Content-Encoding", "gzip")
    yield Case("form", "bodies", "echo", _post(FORM, kind("application/x-www-form-urlencoded")))
    yield Case(
        "multipart", "bodies", "echo", _post(MULTIPART, kind("multipart/form-data; boundary=limit"))
    )
    yield Case("json", "bodies", "echo", _post(b'{"a": [1]}', kind("application/json")))
    yield Case("json-deep", "bodies", "echo", _post(DEEP, kind("application/json")))
    yield Case("json-cut", "bodies", "echo", _post(b'{"a": "b', kind("application/json")))
    yield Case("gzip-body", "bodies", "echo", _post(packed, kind("text/plain"), coded))
    yield Case("gzip-body-lies", "bodies", "echo", _post(LINES, kind("text/plain"), coded))
    yield Case("binary", "bodies", "echo", _post(bytes(range(256)), kind("image/png")))
    yield Case("charset-lies", "bodies", "echo", _post(b"\xff\xfe", kind("text/plain; charset=no")))
    yield Case("latin-body", "bodies", "echo", _post(b"Zo\xeb", kind("text/plain")))
    yield Case("mebibyte", "bodies", "echo", _post(MIB))
    yield Case("mebibyte-chunked", "bodies", "echo", _post([MIB]), not_on=NOT_CHUNKED)
    yield Case("mebibyte-through", "bodies", "echo-stream", _post(MIB))
    yield Case("mebibyte-unread", "bodies", "list-length", _answered_early)
    yield Case("put", "bodies", "echo", _post(LINES, method="PUT"))
    yield Case("delete-with-body", "bodies", "echo", _post(LINES, method="DELETE"))
    yield Case("get-with-body", "bodies", "echo", _post(LINES, method="GET"))


def _answering() -> Iterator[Case]:
    for does in ANSWERING:
        if does in ("slow", "slow-length"):
            continue
        yield Case(f"{does}-get", "answering", does, _ask())
        if not does.startswith(("headers-", "large", "gzip-bomb")):
            yield Case(f"{does}-head", "answering", does, _ask("HEAD"))
    for does in ("slow", "slow-length"):
        yield Case(does, "answering", does, _chunk_by_chunk)


def _chunk_by_chunk(talk: Talk) -> None:
    """Take each chunk before the application makes the next one."""
    talk.send(talk.head())
    for number in (1, 2, 3):
        if talk.until(b"<chunk %d>" % number, 1.0):
            talk.tell(f"seen-{number}")
    talk.rest()


def _failing() -> Iterator[Case]:
    for does in FAILING:
        if does.startswith(("endless", "answers-late")):
            continue
        ends = does.startswith("exit-")
        base = ends or does == "raises-generator-exit"
        limits = LEFT_OPEN if base else {}
        yield Case(does, "failing", does, _ask(), may_end=ends, limits=limits)
        if not base and does.startswith(("raises", "exc-info")):
            yield Case(f"{does}-head", "failing", does, _ask("HEAD"))
    yield Case("raises-unread", "failing", "raises-before", _post(LINES))


def _one_after_another(*methods: str) -> Script:
    """Requests on one connection, each after the answer to the one before."""

    def script(talk: Talk) -> None:
        for number, method in enumerate(methods, 1):
            body = LINES if method == "POST" else b""
            framing = _framing(body) if body else []
            talk.send(talk.head(method, *framing, close=number == len(methods)) + body)
            if number < len(methods) and (not talk.response() or talk.closing):
                break
        talk.rest()

    return script


def _pipelined(*methods: str) -> Script:
    """Requests on one connection, all before the first answer."""

    def script(talk: Talk) -> None:
        data = b""
        for number, method in enumerate(methods, 1):
            body = LINES if method == "POST" else b""
            framing = _framing(body) if body else []
            data += talk.head(method, *framing, close=number == len(methods)) + body
        talk.send(data)
        talk.rest()

    return script


def _expecting(talk: Talk) -> None:
    """Wait for 100 Continue as long as a patient client does, then send the body."""
    talk.send(talk.head("POST", *_framing(LINES), ("Expect", "100-continue")))
    talk.until(b"100 Continue", 0.3)
    talk.send(LINES)
    talk.rest()


def _expecting_the_end(talk: Talk) -> None:
    """Send the body, of which nobody asks for more, when the whole answer is there."""
    talk.send(talk.head("POST", *_framing(LINES), ("Expect", "100-continue")))
    talk.until(b"three", 0.5)
    talk.send(LINES)
    talk.rest()


def _in_parts(talk: Talk) -> None:
    """Send the next piece when the application has got the one before."""
    talk.send(talk.head("POST", ("Content-Length", "18")))
    for number in range(3):
        talk.send(b"piece%d" % number)
        talk.reported("got", 0.3)
    talk.rest()


def _head_in_parts(talk: Talk) -> None:
    head = talk.head("POST", *_framing(LINES))
    for start in range(0, len(head), 40):
        talk.send(head[start : start + 40])
    talk.send(LINES)
    talk.rest()


def _stops_sending(body: bytes, *framing: tuple[str, str], abruptly: bool = False) -> Script:
    """Go away in the middle of the upload."""

    def script(talk: Talk) -> None:
        talk.send(talk.head("POST", *framing) + body)
        talk.reported("called", 0.3)
        talk.go(abruptly=abruptly)

    return script


def _stops_receiving(talk: Talk) -> None:
    """Go away when the first chunk is there."""
    talk.send(talk.head())
    talk.reported("waits")
    talk.until(b"one ", 0.5)
    talk.go(abruptly=True)
    talk.tell("gone")


def _goes_before_the_answer(talk: Talk) -> None:
    talk.send(talk.head())
    talk.reported("called")
    talk.go(abruptly=True)
    talk.tell("gone")


def _conversations() -> Iterator[Case]:
    def case(name: str, does: str, script: Script, **more: Mapping[str, str]) -> Case:
        return Case(name, "conversations", does, script, **more)  # type: ignore[arg-type]

    yield case("keep-alive", "list-length", _one_after_another("GET", "GET"))
    yield case("keep-alive-post", "echo", _one_after_another("POST", "GET", "POST"))
    yield case("keep-alive-generator", "generator", _one_after_another("GET", "GET"))
    yield case("keep-alive-head", "list-length", _one_after_another("HEAD", "GET"))
    yield case("keep-alive-204", "status-204", _one_after_another("GET", "GET"))
    yield case("keep-alive-unread", "list-length", _one_after_another("POST", "GET"))
    yield case("keep-alive-fails", "raises-before", _one_after_another("GET", "GET"))
    yield case("keep-alive-file", "file", _one_after_another("GET", "GET"))
    yield case("pipelined", "list-length", _pipelined("GET", "GET", "GET"))
    yield case("pipelined-post", "echo", _pipelined("POST", "POST"))
    yield case("pipelined-generator", "generator", _pipelined("GET", "GET"))
    yield case("expect", "echo", _expecting)
    yield case("expect-unread", "list-length", _expecting_the_end)
    yield case("in-parts", "as-it-comes", _in_parts)
    yield case("head-in-parts", "echo", _head_in_parts)
    yield case("upload-stops", "echo", _stops_sending(b"cut", ("Content-Length", "40")))
    yield case(
        "upload-reset",
        "echo",
        _stops_sending(b"cut", ("Content-Length", "40"), abruptly=True),
    )
    yield case(
        "upload-stops-chunked",
        "echo",
        _stops_sending(b"28\r\ncut", ("Transfer-Encoding", "chunked")),
        not_on=NOT_CHUNKED,
    )
    yield case("download-stops", "endless", _stops_receiving)
    yield case("download-stops-close", "endless-close", _stops_receiving)
    yield case("download-stops-write", "endless-write", _stops_receiving)
    yield case("gone-before-answer", "answers-late", _goes_before_the_answer)
    yield case("http-1.0", "generator", _ask(version="1.0", close=False))
    yield case("http-1.0-length", "list-length", _ask(version="1.0", close=False))
    yield case("options-star", "list-length", _ask("OPTIONS", target="*"))
    yield case("absolute-target", "list-length", _ask(target="http://other.test/a?b=c"))
    yield case("odd-path", "list-length", _ask(target=b"/a%C3%A9%20%2F;p=1//b?q=%E9&q=\xe9"))
    yield case("odd-method", "list-length", _ask("FROB"))
    yield case("request-latin", "list-length", _ask("GET", ("X-Latin", b"Zo\xeb \xff")))
    yield case("request-twice", "list-length", _ask("GET", ("X-A", "1"), ("X-A", "2")))
    yield case("request-underscore", "list-length", _ask("GET", ("X_Under", "1")))
    yield case("request-empty-header", "list-length", _ask("GET", ("X-Empty", "")))
    yield case("request-large-header", "list-length", _ask("GET", ("X-Large", "v" * 3000)))
    many: list[tuple[str, str | bytes]] = [(f"X-{number}", "v") for number in range(80)]
    yield case("request-many-headers", "list-length", _ask("GET", *many))
    yield case("request-bad", "list-length", _no_request)
    yield case("body-longer", "echo", _longer)
    yield case("chunks-bad", "echo", _bad_chunks, not_on=NOT_CHUNKED)
    yield case("no-trace", "list-length", _ask(parent=False))
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
        yield case(name, "list-length", _ask("GET", ("traceparent", line), parent=False))
    yield case("trace-unsampled", "list-length", _unsampled)
    yield case("tracestate-bad", "list-length", _ask("GET", ("tracestate", "=,=;;\t,a=b")))
    yield case("tracestate-large", "list-length", _ask("GET", ("tracestate", "k=v," * 600)))
    yield case("baggage-bad", "list-length", _ask("GET", ("baggage", "%%%=;=,\\")))


def _no_request(talk: Talk) -> None:
    talk.send(b"BAD\r\n\r\n")
    talk.rest()


def _unsampled(talk: Talk) -> None:
    head = talk.head()
    talk.sampled = False
    talk.send(head.replace(b"-01\r\n", b"-00\r\n", 1))
    talk.rest()


def _longer(talk: Talk) -> None:
    """Send more than the length says."""
    talk.send(talk.head("POST", ("Content-Length", "10")) + LINES)
    talk.rest()


def _bad_chunks(talk: Talk) -> None:
    talk.send(
        talk.head("POST", ("Transfer-Encoding", "chunked")) + b"zz\r\nnot a size\r\n0\r\n\r\n"
    )
    talk.rest()


def _all() -> list[Case]:
    groups = (_reading(), _bodies(), _answering(), _conversations(), _failing())
    return [case for group in groups for case in group]


CASES = sorted(_all(), key=lambda case: case.may_end)
"""Cases that may end the server's process come last."""
assert len({case.name for case in CASES}) == len(CASES)
