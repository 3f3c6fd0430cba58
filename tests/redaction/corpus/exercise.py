"""A program that sends every secret of the corpus through a captured client and server.

Each entry is a request of its own, with the entry's number in a header: its text goes as a header,
query, path, body or exception, to where its place is; a URL goes as ``Referer`` and ``Location``.
Files of texts may be named instead of the corpus.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server

import requests

import otelhook
from tests.redaction.corpus.entries import Secret, secrets, texts_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

NAMED = [Path(name) for name in sys.argv[1:]]
ENTRIES = texts_of(NAMED) if NAMED else [one for one in secrets() if one.place != "command"]
_BODY_PLACES = ("response body", "log")


def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with what the entry has in responses."""
    entry = ENTRIES[int(environ["HTTP_X_ENTRY"])]
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    if entry.place == "exception":
        raise RuntimeError(entry.text)
    headers = [("Content-Type", entry.type or "text/plain")]
    if entry.place == "response header":
        name, _, value = entry.text.partition(": ")
        headers.append((name, value))
    elif entry.place == "url":
        headers.append(("Location", entry.text))
    start_response("200 OK", headers)
    return [entry.body()] if entry.place in _BODY_PLACES else [b"ok"]


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def call(session: requests.Session, address: str, number: int, entry: Secret) -> None:
    """Send one entry."""
    headers = {"X-Entry": str(number)}
    url, data = f"{address}/entries", None
    if entry.place == "request header":
        name, _, value = entry.text.partition(": ")
        headers[name] = value
    elif entry.place == "url":
        headers["Referer"] = entry.text
        query = entry.text.partition("?")[2].partition("#")[0]
        url = f"{url}?{query}" if query else url
    elif entry.place == "query":
        url = f"{url}?{entry.text}"
    elif entry.place == "path":
        url = address + entry.text
    elif entry.place in ("request body", "log"):
        data = entry.body()
        headers["Content-Type"] = entry.type or "text/plain"
        if entry.encoding == "gzip":
            headers["Content-Encoding"] = "gzip"
    session.request("POST" if data else "GET", url, headers=headers, data=data)


def main() -> None:
    """Run all entries, over a socket."""
    handle = otelhook.instrument("client")
    application = otelhook.Middleware(answer, service="server")
    server = make_server("127.0.0.1", 0, application, handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    with requests.Session() as session:
        session.trust_env = False
        # a cookie that one entry sets would be sent with, and hidden or found in, all after it
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for number, entry in enumerate(ENTRIES):
            call(session, address, number, entry)
    server.shutdown()
    server.server_close()
    handle.uninstrument()


if __name__ == "__main__":
    main()
