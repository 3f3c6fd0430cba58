"""Variants of what programs do that once went otherwise with us: each fails for the same reason.

Each program runs bare and with us, in a process of its own; what it prints is the same, and its
spans are what is named beside it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.capture.kinds import PROXY, WRAPPED, Kind, client, hold, server

DELEGATES = """
class Delegating(http.client.HTTPConnection):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.real = http.client.HTTPConnection(*args, **kwargs)

    def request(self, *args, **kwargs):
        self.real.request(*args, **kwargs)

    def getresponse(self, *args, **kwargs):
        return self.real.getresponse(*args, **kwargs)
"""

KINDS: dict[str, Kind] = {
    "a connection delegates to another": Kind(
        DELEGATES
        + """
connection = Delegating("127.0.0.1", port)
connection.request("GET", "/a")
print(connection.getresponse().read())
""",
        [client("/a")],
    ),
    "urllib opens by a connection that delegates": Kind(
        DELEGATES
        + """
class Opener(urllib.request.HTTPHandler):
    def http_open(self, request):
        return self.do_open(Delegating, request)

print(urllib.request.build_opener(Opener).open(address + "/b", b"x").read())
""",
        [client("/b")],
    ),
    "vcrpy around http.client": Kind(
        """
import tempfile, vcr
with vcr.use_cassette(tempfile.mkdtemp() + "/c.yaml"):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("POST", "/c", b"ab")
    print(connection.getresponse().read())
""",
        [client("/c")],
        "vcr",
    ),
    "a middleware that has answered is copied": Kind(
        WRAPPED
        + """
used = wrapped(app)
print(ask(used), ask(copy.copy(used)), ask(copy.deepcopy(used)))
""",
        [server("/a", "inner")] * 3,
    ),
    "a middleware over ASGI is copied": Kind(
        WRAPPED
        + """
import asyncio

def answered(application):
    sent = []
    async def send(message):
        sent.append(message["type"])
    async def receive():
        return {"type": "http.request"}
    scope = {"type": "http", "method": "GET", "path": "/a", "headers": [], "query_string": b""}
    asyncio.run(application(scope, receive, send))
    return sent

used = wrapped(asgi, "ASGIMiddleware")
print(answered(used), answered(copy.deepcopy(used)))
""",
        [server("/a", "inner")] * 2,
    ),
    "a response is pickled by its type": Kind(
        """
import requests
session = requests.Session()
response = session.get(address + "/a")
again = pickle.loads(pickle.dumps(response))
print(again.text, type(response.raw) is __import__("urllib3").HTTPResponse)
print(type(copy.deepcopy(session)).__name__)
""",
        [client("/a")],
    ),
    "an application is one of two in another": Kind(
        WRAPPED
        + """
inner, other = wrapped(app, service="inner"), wrapped(app, service="other")

def outer(environ, start):
    chosen = other if environ["PATH_INFO"] == "/other" else inner
    return chosen(environ, start)

outermost = wrapped(outer, service="outer")
print(ask(outermost, "/other"), ask(outermost, "/one"))
""",
        [
            *(server("/other", "other"), server("/other", "outer")),
            *(server("/one", "inner"), server("/one", "outer")),
        ],
    ),
    "an inner application calls for its own service": Kind(
        WRAPPED
        + """
import requests

def calling(environ, start):
    start("200 OK", [])
    return [requests.get(address + "/called").content]

inside = wrapped(calling, service="inner")
print(ask(wrapped(lambda environ, start: inside(environ, start), service="outer")))
""",
        [client("/called", service="inner"), server("/a", "inner"), server("/a", "outer")],
    ),
    "one service is mounted twice": Kind(
        WRAPPED
        + """
once = wrapped(app, service="inner")
print(ask(wrapped(once, service="inner")), ask(once))
""",
        [server("/a", "inner")] * 2,
    ),
    "http.client tunnels to the proxy's own host": Kind(
        PROXY
        + """
connection = http.client.HTTPConnection("127.0.0.1", proxy())
connection.set_tunnel("127.0.0.1", port)
connection.request("GET", "/a")
print(connection.getresponse().read())
""",
        [client("/a")],
    ),
    "requests asks by a proxy on its own host": Kind(
        PROXY
        + """
import requests
through = {"http": f"http://127.0.0.1:{proxy()}"}
print(requests.get(address + "/b", proxies=through).text)
""",
        [client("/b")],
    ),
    "httpx asks by a proxy on its own host": Kind(
        PROXY
        + """
import httpx
with httpx.Client(proxy=f"http://127.0.0.1:{proxy()}") as client:
    print(client.get(address + "/c").text)
""",
        [client("/c")],
        "httpx",
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_program_meets_the_same_as_without_us_and_its_spans_are_right(
    tmp_path: Path, name: str
) -> None:
    hold(tmp_path, KINDS[name])
