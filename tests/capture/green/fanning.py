"""A service that answers /fan with what another service said, asked from greenlets in every way.

``FAN`` names the library, ``BACK`` is the other service's address; /echo answers what it is sent.
"""

from __future__ import annotations

import functools
import http.client
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import requests

import otelhook


@functools.cache
def _shared() -> ThreadPoolExecutor:
    """Return a pool that the first request makes and all use."""
    return ThreadPoolExecutor(1)


def _with_http_client(way: str) -> bytes:
    connection = http.client.HTTPConnection(os.environ["BACK"], timeout=10)
    connection.request("GET", f"/echo?{way}")
    body = connection.getresponse().read()
    connection.close()
    return body


def _with_requests(way: str) -> bytes:
    return requests.get(f"http://{os.environ['BACK']}/echo?{way}", timeout=10).content


def _eventlet() -> list[bytes]:
    import eventlet  # type: ignore[import-untyped]  # noqa: PLC0415 - only where it is used
    from eventlet import tpool  # noqa: PLC0415

    pool, raw = eventlet.GreenPool(10), []
    pile = eventlet.GreenPile(pool)
    pile.spawn(_with_http_client, "pile")
    eventlet.spawn_n(lambda: raw.append(_with_http_client("spawn_n")))
    pool.spawn_n(lambda: raw.append(_with_requests("pool.spawn_n")))
    told = [
        eventlet.spawn(_with_requests, "spawn").wait(),
        eventlet.spawn_after(0, _with_http_client, "spawn_after").wait(),
        pool.spawn(_with_http_client, "pool.spawn").wait(),
        *pool.imap(_with_http_client, ["pool.imap"]),
        *pile,
        tpool.execute(_with_http_client, "tpool"),
    ]
    pool.waitall()
    while len(raw) < 2:
        eventlet.sleep(0.001)
    return told + raw


def _gevent() -> list[bytes]:
    import gevent  # type: ignore[import-untyped]  # noqa: PLC0415 - only where it is used
    from gevent.pool import Pool  # type: ignore[import-untyped]  # noqa: PLC0415

    pool, raw = Pool(10), []
    one = gevent.spawn_raw(lambda: raw.append(_with_http_client("spawn_raw")))
    told = [
        gevent.spawn(_with_requests, "spawn").get(),
        gevent.spawn_later(0, _with_http_client, "spawn_later").get(),
        pool.spawn(_with_http_client, "pool.spawn").get(),
        *pool.imap(_with_http_client, ["pool.imap"]),
        *pool.map(_with_requests, ["pool.map"]),
        gevent.get_hub().threadpool.apply(_with_http_client, ("threadpool",)),
    ]
    while not one.dead:
        gevent.sleep(0.001)
    return told + raw


def _threads() -> list[bytes]:
    told = []
    thread = threading.Thread(target=lambda: told.append(_with_http_client("Thread")))
    timer = threading.Timer(0, lambda: told.append(_with_requests("Timer")))
    for one in (thread, timer):
        one.start()
        one.join()
    with ThreadPoolExecutor(2) as executor:
        told.append(executor.submit(_with_http_client, "submit").result())
        told += executor.map(_with_requests, ["map"])
    return [*told, _shared().submit(_with_http_client, "shared").result()]


def application(environ, start_response):
    if environ["PATH_INFO"] == "/fan":
        told = {"eventlet": _eventlet, "gevent": _gevent, "threads": _threads}[os.environ["FAN"]]()
        body = b" ".join(sorted(told + (_threads() if os.environ["FAN"] != "threads" else [])))
    elif environ["PATH_INFO"] == "/forward":
        body = _with_requests(environ["QUERY_STRING"])
    elif environ["PATH_INFO"] == "/echo":
        body = environ["QUERY_STRING"].encode() + environ["wsgi.input"].read()
    else:
        return _other(environ["PATH_INFO"], start_response)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [body]


def _other(path, start_response):
    """Answer with each kind of body that a server may treat in its own way."""
    if path == "/none":
        start_response("204 No Content", [])
        return []
    headers = [("Content-Type", "text/plain")]
    start_response("200 OK", [*headers, ("Content-Length", "5")] if path == "/sized" else headers)
    bodies = {"/sized": iter([b"si", b"zed"]), "/generated": (part for part in (b"a", b"", b"b"))}
    return bodies.get(path, [])


def make(global_conf, **local_conf):
    """Make the application as Paste Deploy asks for it."""
    return application


app = otelhook.Middleware(application)
