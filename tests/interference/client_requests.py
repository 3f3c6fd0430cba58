"""Programs that call with `requests`."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from tests.interference.calling import PROGRAMS_OWN, Calling, about
from tests.interference.client_bodies import BODIES, DATA, READS

__all__ = ["REQUESTS"]

Program = Callable[[Calling], Any]


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.headers["User-Agent"] = "interference"
    return session


def _one(method: str, answer: str, **how: Any) -> Program:
    """One call, and all of the response."""

    def program(call: Calling) -> None:
        with _session() as session:
            response = call.attempt(
                "response", session.request, method, call.url(answer), timeout=5, **how
            )
            if response is not None:
                call.attempt("content", lambda: response.content)
                call.say("elapsed", type(response.elapsed).__name__)
                call.say("raw", [type(response.raw).__name__, response.raw.closed])

    return program


def _sending(make: Callable[[], Any], answer: str = "plain", **how: Any) -> Program:
    """One call with a body that is made for it, and what became of that."""

    def program(call: Calling) -> None:
        body = make()
        with _session() as session:
            request = requests.Request("POST", call.url(answer), data=body, **how)
            prepared = session.prepare_request(request)
            before = list(prepared.headers.items())
            own = prepared.body
            response = call.attempt("response", session.send, prepared, timeout=5)
            call.say("headers kept", list(prepared.headers.items()) == before)
            call.say("body kept", prepared.body is own)
            if response is not None:
                call.say("content", response.content)
                call.say("request kept", response.history or response.request is prepared)
            if hasattr(body, "tell") and not body.closed:
                call.say("position", body.tell())
            if hasattr(body, "__next__"):
                call.say("left", list(body))

    return program


def _reading(read: Callable[[requests.Response], Any], answer: str = "chunked") -> Program:
    """One call whose response is streamed, read in a way of its own."""

    def program(call: Calling) -> None:
        with _session() as session:
            response = call.note("response", session.get, call.url(answer), stream=True, timeout=5)
            call.attempt("read", read, response)
            call.say("state", [response.raw.closed, response.raw.tell()])
            call.attempt("rest", lambda: response.content)
            response.close()
            call.say("closed", response.raw.closed)

    return program


def _slowly(call: Calling) -> None:
    """Takes each piece before the server sends the next."""
    with _session() as session:
        response = call.note("response", session.get, call.url("slow"), stream=True, timeout=5)
        pieces = response.iter_content(None)
        call.note("piece", next, pieces)
        call.go()
        call.note("piece", next, pieces)
        call.go()
        call.attempt("end", next, pieces)


def _reuse(call: Calling) -> None:
    """Several calls on one session: its connection is kept."""
    with _session() as session:
        for answer in ("plain", "chunked", "empty", "no-content", "plain"):
            call.note("response", session.get, call.url(answer), timeout=5)
        pool: Any = session.get_adapter(call.url("plain"))
        call.say("pools", len(pool.poolmanager.pools))


def _reuse_unread(call: Calling) -> None:
    """A response that is not read keeps its connection; one that is closed gives it up."""
    with _session() as session:
        kept = session.get(call.url("plain"), stream=True, timeout=5)
        session.get(call.url("plain"), timeout=5)
        kept.close()
        call.note("response", session.get, call.url("plain"), timeout=5)


def _reuse_said(call: Calling) -> None:
    with _session() as session:
        for answer in ("says-close", "plain", "http-1.0", "plain"):
            call.note("response", session.get, call.url(answer), timeout=5)


def _retrying(answer: str, method: str = "GET", **how: Any) -> Program:
    def program(call: Calling) -> None:
        with _session() as session:
            retry = Retry(total=3, status_forcelist=[503], backoff_factor=0, allowed_methods=None)
            session.mount("http://", HTTPAdapter(max_retries=retry))
            call.attempt("response", session.request, method, call.url(answer), timeout=5, **how)

    return program


def _retrying_nobody(call: Calling) -> None:
    with _session() as session:
        session.mount("http://", HTTPAdapter(max_retries=Retry(2, backoff_factor=0)))
        call.attempt("response", session.get, call.nobody(), timeout=5)


def _nobody(call: Calling) -> None:
    with _session() as session:
        call.attempt("response", session.get, call.nobody(), timeout=5)


def _own_trace(call: Calling) -> None:
    """Sends a traceparent of its own."""
    with _session() as session:
        trace, parent = PROGRAMS_OWN
        headers = {"TraceParent": f"00-{trace}-{parent}-01", "tracestate": "mine=1"}
        call.note("response", session.get, call.url("plain"), headers=headers, timeout=5)
        call.say("headers", headers)


def _hooks(call: Calling) -> None:
    """A hook of the session's own, and authentication that sends again."""
    with _session() as session:
        session.hooks["response"].append(lambda response, **_: call.say("hook", about(response)))
        session.auth = requests.auth.HTTPDigestAuth("user", "hunter2")
        call.attempt("response", session.get, call.url("digest"), timeout=5)


def _adapter(call: Calling) -> None:
    """An adapter of the program's own, which adds a header."""

    class Adding(HTTPAdapter):
        def add_headers(self, request: Any, **_: Any) -> None:
            request.headers["X-Added"] = "1"

        def send(self, request: Any, *args: Any, **named: Any) -> Any:
            call.say("send", sorted(named))
            return super().send(request, *args, **named)

    with _session() as session:
        session.mount("http://", Adding())
        call.note("response", session.get, call.url("plain"), timeout=5)


def _no_redirects(call: Calling) -> None:
    with _session() as session:
        response = call.note(
            "response", session.get, call.url("redirect-302/plain"), allow_redirects=False
        )
        call.say("next", [response.next.method, response.next.path_url])


def _iterated(call: Calling) -> None:
    """Follows redirects by itself."""
    with _session() as session:
        request = session.prepare_request(requests.Request("GET", call.url("redirect-302/plain")))
        response = session.send(request, allow_redirects=False, timeout=5)
        for hop in session.resolve_redirects(response, request, timeout=5):
            call.say("hop", about(hop))


def _shared_prepared(call: Calling) -> None:
    """Sends one prepared request twice."""
    with _session() as session:
        request = session.prepare_request(requests.Request("PUT", call.url("plain"), data=DATA))
        for _ in range(2):
            call.note("response", session.send, request, timeout=5)
        call.say("headers", list(request.headers.items()))


def _timing_out(answer: str) -> Program:
    def program(call: Calling) -> None:
        with _session() as session:
            call.attempt("response", session.get, call.url(answer), timeout=(5, 0.3))

    return program


def _endless(call: Calling) -> None:
    with _session() as session:
        session.max_redirects = 3
        url = call.url("redirect-302/" * 5 + "plain")
        call.attempt("response", session.get, url, timeout=5)


REQUESTS: dict[str, Program] = {
    **{
        f"{method.lower()}-{answer}": _one(method, answer)
        for method in ("GET", "HEAD")
        for answer in ("plain", "chunked", "no-content", "not-modified", "missing", "gzip")
    },
    **{
        f"get-{answer}": _one("GET", answer)
        for answer in (
            *("empty", "failed", "no-reason", "odd-reason", "until-closed", "chunked-trailer"),
            *("gzip-chunked", "gzip-lies", "deflate-lies", "deep", "large", "large-chunked"),
            *("cookies", "latin", "many-headers", "continue", "early-hints", "http-1.0"),
            *("short", "short-chunked", "bad-chunk", "hangs-up", "resets", "garbage"),
        )
    },
    "get-json": _one("GET", "plain", params={"a": "1 &", "b": ["x", "y"]}),
    "get-basic": _one("GET", "plain", auth=("user", "hunter2")),
    "get-timeout": _timing_out("silent"),
    "get-timeout-body": _timing_out("stalls"),
    "get-refused": _nobody,
    "options": _one("OPTIONS", "plain"),
    "post-json": _one("POST", "plain", json={"a": [1, None], "b": "\u2603"}),
    "post-early": _one("POST", "early", data=b"x" * 1000),
    **{f"post-{name}": _sending(make) for name, make in BODIES.items()},
    "post-multipart": _sending(lambda: {"a": "1"}, files={"file": ("a.txt", b"inside")}),
    "post-multipart-file": _sending(lambda: None, files={"file": io.BytesIO(b"inside")}),
    **{
        f"redirect-{code}-{name}": _sending(BODIES[name], f"redirect-{code}/plain")
        for code in (302, 307)
        for name in ("bytes", "memory-file", "generator")
    },
    "redirect-get": _one("GET", "redirect-301/redirect-302/plain"),
    "redirect-head": _one("HEAD", "redirect-302/plain", allow_redirects=True),
    "redirect-not": _no_redirects,
    "redirect-by-hand": _iterated,
    "redirect-endless": _endless,
    **{f"read-{name}": _reading(read) for name, read in READS.items()},
    **{
        f"read-{name}-{answer}": _reading(READS[name], answer)
        for name in ("content", "iter-content", "raw-read", "raw-stream", "iter-lines", "half")
        for answer in ("plain", "gzip", "gzip-chunked", "short", "empty")
    },
    "read-slowly": _slowly,
    "reuse": _reuse,
    "reuse-unread": _reuse_unread,
    "reuse-closed": _reuse_said,
    "retry-status": _retrying("twice-unavailable/plain"),
    "retry-status-post": _retrying("twice-unavailable/plain", "POST", data=DATA),
    "retry-status-file": _retrying("twice-unavailable/plain", "POST", data=io.BytesIO(DATA)),
    "retry-hang-up": _retrying("twice-hangs-up/plain"),
    "retry-never": _retrying("unavailable"),
    "retry-refused": _retrying_nobody,
    "retry-redirect": _retrying("redirect-302/twice-unavailable/plain"),
    "own-trace": _own_trace,
    "hooks": _hooks,
    "adapter": _adapter,
    "prepared-twice": _shared_prepared,
}
