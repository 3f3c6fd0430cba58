"""What a client says, and when: the scripts of the server half's conversations."""

from __future__ import annotations

from collections.abc import Callable

from tests.interference.wire import Talk, chunked

__all__ = [
    "LINES",
    "MIB",
    "Script",
    "answered_early",
    "ask",
    "chunk_by_chunk",
    "expecting",
    "expecting_the_end",
    "finishing",
    "goes_before_the_answer",
    "head_in_parts",
    "in_parts",
    "is_not_sampled",
    "one_after_another",
    "pipelined",
    "post",
    "sends_bad_chunks",
    "sends_more_than_it_says",
    "sends_no_request",
    "stops_receiving",
    "stops_sending",
]

Script = Callable[[Talk], None]

LINES = b"first line\nsecond line\nthe last, cut off"
MIB = bytes(range(256)) * 4096
assert len(LINES) == 40


def ask(method: str = "GET", *headers: tuple[str, str | bytes], **how: object) -> Script:
    """One request without a body, and the whole answer."""

    def script(talk: Talk) -> None:
        talk.send(talk.head(method, *headers, **how))  # type: ignore[arg-type]
        talk.rest()

    return script


def post(
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


def finishing(body: bytes | list[bytes]) -> Script:
    """As `post`; to a server whose input has no end, the client says its own."""

    def script(talk: Talk) -> None:
        talk.send(talk.head("POST", *_framing(body)) + _framed(body))
        if talk.endless_input:
            talk.finish_sending()
        talk.rest()

    return script


def answered_early(talk: Talk) -> None:
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


def chunk_by_chunk(talk: Talk) -> None:
    """Take each chunk before the application makes the next one."""
    talk.send(talk.head())
    for number in (1, 2, 3):
        if talk.until(b"<chunk %d>" % number, 1.0):
            talk.tell(f"seen-{number}")
    talk.rest()


def one_after_another(*methods: str) -> Script:
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


def pipelined(*methods: str) -> Script:
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


def expecting(talk: Talk) -> None:
    """Wait for 100 Continue as long as a patient client does, then send the body."""
    talk.send(talk.head("POST", *_framing(LINES), ("Expect", "100-continue")))
    talk.until(b"100 Continue", 0.3)
    talk.send(LINES)
    talk.rest()


def expecting_the_end(talk: Talk) -> None:
    """Send the body, of which nobody asks for more, when the whole answer is there."""
    talk.send(talk.head("POST", *_framing(LINES), ("Expect", "100-continue")))
    talk.until(b"three", 0.5)
    talk.send(LINES)
    if talk.endless_input:
        talk.finish_sending()
    talk.rest()


def in_parts(talk: Talk) -> None:
    """Send the next piece when the application has got the one before."""
    talk.send(talk.head("POST", ("Content-Length", "18")))
    for number in range(3):
        talk.send(b"piece%d" % number)
        talk.reported("got", 0.3)
    talk.rest()


def head_in_parts(talk: Talk) -> None:
    head = talk.head("POST", *_framing(LINES))
    for start in range(0, len(head), 40):
        talk.send(head[start : start + 40])
    talk.send(LINES)
    talk.rest()


def stops_sending(body: bytes, *framing: tuple[str, str], abruptly: bool = False) -> Script:
    """Go away in the middle of the upload."""

    def script(talk: Talk) -> None:
        talk.send(talk.head("POST", *framing) + body)
        talk.reported("called", 0.3)
        talk.go(abruptly=abruptly)

    return script


def stops_receiving(talk: Talk) -> None:
    """Go away when the first chunk is there."""
    talk.send(talk.head())
    talk.reported("waits")
    talk.until(b"one ", 0.5)
    talk.go(abruptly=True)
    talk.tell("gone")


def goes_before_the_answer(talk: Talk) -> None:
    talk.send(talk.head())
    talk.reported("called")
    talk.go(abruptly=True)
    talk.tell("gone")


def sends_no_request(talk: Talk) -> None:
    talk.send(b"BAD\r\n\r\n")
    talk.rest()


def is_not_sampled(talk: Talk) -> None:
    head = talk.head()
    talk.sampled = False
    talk.send(head.replace(b"-01\r\n", b"-00\r\n", 1))
    talk.rest()


def sends_more_than_it_says(talk: Talk) -> None:
    """Send more than the length says."""
    talk.send(talk.head("POST", ("Content-Length", "10")) + LINES)
    talk.rest()


def sends_bad_chunks(talk: Talk) -> None:
    talk.send(
        talk.head("POST", ("Transfer-Encoding", "chunked")) + b"zz\r\nnot a size\r\n0\r\n\r\n"
    )
    talk.rest()
