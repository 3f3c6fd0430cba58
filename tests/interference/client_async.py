"""Programs that call with httpx, in both of its ways, and with aiohttp."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import aiohttp
import httpx

from tests.interference.calling import PROGRAMS_OWN, Calling
from tests.interference.client_bodies import DATA
from tests.interference.client_requests import Program
from tests.interference.side_file import shown

__all__ = ["ASYNC"]

ANSWERS = (
    *("plain", "empty", "no-content", "missing", "failed", "odd-reason", "chunked", "gzip"),
    *("until-closed", "gzip-lies", "large", "cookies", "short", "bad-chunk", "hangs-up", "garbage"),
)
_OURS = ("traceparent", "tracestate")
_HEADERS = {"User-Agent": "interference", "X-Name": "value"}


def _lines(headers: Any) -> list[list[str]]:
    pairs = headers.multi_items() if hasattr(headers, "multi_items") else headers.items()
    return [[str(n), shown(v)] for n, v in pairs if str(n).lower() not in _OURS]


def _chunks() -> Iterator[bytes]:
    yield DATA[:9]
    yield DATA[9:]


async def _later() -> AsyncIterator[bytes]:
    for chunk in _chunks():
        yield chunk


HOW: dict[str, dict[str, Any]] = {
    "bytes": {"content": DATA},
    "json": {"json": {"a": [1, None]}},
    "form": {"data": {"a": "1", "b": "2"}},
    "empty": {"content": b""},
}


def _told(response: httpx.Response) -> list[Any]:
    return [
        *(response.status_code, response.reason_phrase, str(response.url), response.http_version),
        *(_lines(response.headers), shown(response.content), type(response).__name__),
        [one.status_code for one in response.history],
        [response.request.method, _lines(response.request.headers)],
        sorted(map(str, response.extensions)),
    ]


def _httpx(method: str, answer: str, **how: Any) -> Program:
    def program(call: Calling) -> None:
        with httpx.Client(headers=_HEADERS, timeout=5, follow_redirects=True) as client:
            call.attempt("told", lambda: _told(client.request(method, call.url(answer), **how)))

    return program


def _httpx_body(call: Calling) -> None:
    with httpx.Client(headers=_HEADERS, timeout=5) as client:
        call.attempt("told", lambda: _told(client.post(call.url("plain"), content=_chunks())))


def _httpx_stream(call: Calling) -> None:
    with httpx.Client(timeout=5) as client, client.stream("GET", call.url("chunked")) as response:
        call.say("closed", response.is_closed)
        call.attempt("parts", lambda: [shown(part) for part in response.iter_raw()])
        call.say("state", [response.is_closed, response.is_stream_consumed])


def _httpx_kept(call: Calling) -> None:
    with httpx.Client(timeout=5) as client:
        for _ in range(3):
            call.attempt("told", lambda: _told(client.get(call.url("plain"))))


def _httpx_refused(call: Calling) -> None:
    call.attempt("told", lambda: _told(httpx.get(call.nobody(), timeout=5)))


def _httpx_own(call: Calling) -> None:
    own = {"traceparent": f"00-{PROGRAMS_OWN[0]}-{PROGRAMS_OWN[1]}-01"}
    call.attempt("told", lambda: _told(httpx.get(call.url("plain"), headers=own)))


def _httpx_hooks(call: Calling) -> None:
    seen: list[Any] = []
    hooks: dict[str, list[Callable[..., Any]]] = {
        "request": [lambda request: seen.append(_lines(request.headers))],
        "response": [lambda response: seen.append(response.status_code)],
    }
    with httpx.Client(timeout=5, event_hooks=hooks) as client:
        call.attempt("told", lambda: _told(client.get(call.url("plain"))))
    call.say("seen", seen)


def _awaited(act: Callable[[Calling], Awaitable[Any]]) -> Program:
    def program(call: Calling) -> None:
        async def main() -> Any:
            return await act(call)

        call.attempt("told", lambda: asyncio.run(main()))

    return program


def _httpx_later(method: str, answer: str, **how: Any) -> Program:
    async def act(call: Calling) -> Any:
        async with httpx.AsyncClient(headers=_HEADERS, timeout=5, follow_redirects=True) as client:
            return _told(await client.request(method, call.url(answer), **how))

    return _awaited(act)


async def _httpx_later_body(call: Calling) -> Any:
    async with httpx.AsyncClient(headers=_HEADERS, timeout=5) as client:
        return _told(await client.post(call.url("plain"), content=_later()))


async def _httpx_gathered(call: Calling) -> Any:
    async with httpx.AsyncClient(timeout=5) as client:
        for _ in range(2):
            found = await client.get(call.url("plain"))
        return _told(found)


async def _httpx_cancelled(call: Calling) -> Any:
    async with httpx.AsyncClient(timeout=5) as client:
        task = asyncio.create_task(client.get(call.url("silent")))
        await asyncio.sleep(0.3)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            return ["cancelled", task.cancelled()]
    return None


async def _told_later(response: aiohttp.ClientResponse) -> list[Any]:
    body = await response.read()
    return [
        *(response.status, response.reason, str(response.url), str(response.version)),
        *(_lines(response.headers), shown(body), type(response).__name__),
        [one.status for one in response.history],
        [response.request_info.method, _lines(response.request_info.headers)],
        sorted(response.cookies),
    ]


def _aiohttp(method: str, answer: str, **how: Any) -> Program:
    async def act(call: Calling) -> Any:
        timeout = aiohttp.ClientTimeout(total=5)
        async with (
            aiohttp.ClientSession(headers=_HEADERS, timeout=timeout) as session,
            session.request(method, call.url(answer), **how) as response,
        ):
            return await _told_later(response)

    return _awaited(act)


async def _aiohttp_stream(call: Calling) -> Any:
    async with aiohttp.ClientSession() as session, session.get(call.url("chunked")) as response:
        parts = [shown(part) async for part in response.content.iter_any()]
        return [b"".join(part.encode() for part in map(str, parts)).decode(), response.closed]


async def _aiohttp_kept(call: Calling) -> Any:
    told: list[Any] = []
    async with aiohttp.ClientSession() as session:
        for _ in range(3):
            async with session.get(call.url("plain")) as response:
                told.append(await _told_later(response))
    return told


async def _aiohttp_refused(call: Calling) -> Any:
    async with aiohttp.ClientSession() as session, session.get(call.nobody()) as response:
        return await _told_later(response)


async def _aiohttp_trace(call: Calling) -> Any:
    seen: list[Any] = []

    async def started(_session: Any, _context: Any, params: Any) -> None:
        seen.append([params.method, _lines(params.headers)])

    config = aiohttp.TraceConfig()
    config.on_request_start.append(started)
    async with (
        aiohttp.ClientSession(trace_configs=[config]) as session,
        session.get(call.url("plain")) as response,
    ):
        return [await _told_later(response), seen]


ASYNC: dict[str, Program] = {
    **{f"httpx-get-{answer}": _httpx("GET", answer) for answer in ANSWERS},
    **{f"httpx-post-{name}": _httpx("POST", "plain", **how) for name, how in HOW.items()},
    "httpx-post-iterator": _httpx_body,
    "httpx-head": _httpx("HEAD", "plain"),
    "httpx-redirect": _httpx("GET", "redirect-302/plain"),
    "httpx-redirect-post": _httpx("POST", "redirect-307/plain", content=DATA),
    "httpx-stream": _httpx_stream,
    "httpx-kept": _httpx_kept,
    "httpx-refused": _httpx_refused,
    "httpx-own-trace": _httpx_own,
    "httpx-hooks": _httpx_hooks,
    **{f"httpx-async-get-{answer}": _httpx_later("GET", answer) for answer in ANSWERS},
    **{f"httpx-async-post-{n}": _httpx_later("POST", "plain", **how) for n, how in HOW.items()},
    "httpx-async-post-iterator": _awaited(_httpx_later_body),
    "httpx-async-redirect": _httpx_later("GET", "redirect-302/plain"),
    "httpx-async-kept": _awaited(_httpx_gathered),
    "httpx-async-cancelled": _awaited(_httpx_cancelled),
    **{f"aiohttp-get-{answer}": _aiohttp("GET", answer) for answer in ANSWERS},
    "aiohttp-post-bytes": _aiohttp("POST", "plain", data=DATA),
    "aiohttp-post-json": _aiohttp("POST", "plain", json={"a": [1, None]}),
    "aiohttp-post-form": _aiohttp("POST", "plain", data={"a": "1"}),
    "aiohttp-head": _aiohttp("HEAD", "plain"),
    "aiohttp-redirect": _aiohttp("GET", "redirect-302/plain"),
    "aiohttp-redirect-post": _aiohttp("POST", "redirect-307/plain", data=DATA),
    "aiohttp-stream": _awaited(_aiohttp_stream),
    "aiohttp-kept": _awaited(_aiohttp_kept),
    "aiohttp-refused": _awaited(_aiohttp_refused),
    "aiohttp-trace": _awaited(_aiohttp_trace),
}
