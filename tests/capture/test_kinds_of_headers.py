"""Headers that the program writes or reads itself: signed ones, and its baggage."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.capture.kinds import WRAPPED, Kind, client, hold, server

SIGNING = """
import asyncio, hashlib, hmac
from urllib.parse import parse_qs, urlsplit
from opentelemetry import propagate, trace

HERE = trace.SpanContext(0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331, True,
                         trace.TraceFlags(1))
current = lambda: trace.use_span(trace.NonRecordingSpan(HERE))

def sign(text):
    return hmac.new(b"k", text.encode(), hashlib.sha256).hexdigest()

def signed():
    # The program passes its trace on by itself, and signs what it sends.
    headers = {}
    propagate.inject(headers)
    return headers, sign(headers["traceparent"])

def answered(self):
    body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
    found = signature(self, body)
    said = b"accepted" if found == sign(self.headers.get("traceparent", "")) else b"refused"
    self.send_response(200)
    self.send_header("Content-Length", str(len(said)))
    self.end_headers()
    self.wfile.write(said)

Handler.do_GET = Handler.do_POST = answered
"""

BAGGAGE = """
from opentelemetry import baggage, context
seen = []

def answered(self):
    self.rfile.read(int(self.headers.get("Content-Length", 0)))
    seen.append(self.headers.get("baggage"))
    self.send_response(200)
    self.send_header("Content-Length", "0")
    self.end_headers()

Handler.do_GET = Handler.do_POST = answered
"""

KINDS: dict[str, Kind] = {
    "httpx signs in its auth flow, as exchanges do": Kind(
        SIGNING
        + """
import httpx
signature = lambda self, body: self.headers.get("X-BAPI-SIGN")

class Auth(httpx.Auth):
    def auth_flow(self, request):
        headers, mac = signed()
        request.headers.update(headers)
        request.headers["X-BAPI-SIGN"] = mac
        yield request

async def asked():
    async with httpx.AsyncClient(auth=Auth()) as c:
        with current():
            return (await c.get(address + "/a")).text

with current():
    print(httpx.get(address + "/a", auth=Auth()).text, asyncio.run(asked()))
""",
        [client("/a"), client("/a")],
        "httpx",
    ),
    "aiohttp signs in the query": Kind(
        SIGNING
        + """
import aiohttp
signature = lambda self, body: parse_qs(urlsplit(self.path).query)["sign"][0]

async def asked():
    async with aiohttp.ClientSession() as session:
        with current():
            headers, mac = signed()
            async with session.get(address, params={"sign": mac}, headers=headers) as response:
                return await response.text()

print(asyncio.run(asked()))
if WITH_US:
    # A body that came after its headers has a span of its own: one or two, by when it came.
    (call,) = [span for span in spans if span.kind.name == "CLIENT"]
    assert all(span is call or span.parent.span_id == call.context.span_id for span in spans)
    assert {span.context.trace_id for span in spans} == {HERE.trace_id}
    spans.clear()
""",
        [],
        "aiohttp",
    ),
    "http.client signs by a checksum of its headers": Kind(
        SIGNING
        + """
signature = lambda self, body: self.headers.get("X-Content-Checksum")

with current():
    headers, mac = signed()
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.putrequest("POST", "/c")
    for name, value in headers.items():
        connection.putheader(name.title(), value)
    connection.putheader("X-Content-Checksum", mac)
    connection.putheader("Content-Length", "2")
    connection.endheaders(b"ab")
    print(connection.getresponse().read())
""",
        [client("/c")],
    ),
    "a prepared request is signed in its body and sent by a thread": Kind(
        SIGNING
        + """
import requests
from concurrent.futures import ThreadPoolExecutor
signature = lambda self, body: json.loads(body)["signature"]

with current():
    headers, mac = signed()
    prepared = requests.Request("POST", address + "/d", headers=headers,
                                json={"amount": 7, "signature": mac}).prepare()
    with ThreadPoolExecutor(1) as pool:
        print(pool.submit(requests.Session().send, prepared).result().text)
""",
        [client("/d")],
    ),
    "urllib signs by a message signature of RFC 9421": Kind(
        SIGNING
        + """
signature = lambda self, body: self.headers["Signature"].split(":")[1]

with current():
    headers, mac = signed()
    headers |= {"Signature-Input": 'a=("traceparent");keyid="k"', "Signature": f"a=:{mac}:"}
    print(urllib.request.urlopen(urllib.request.Request(address + "/e", headers=headers)).read())
""",
        [client("/e")],
    ),
    "httpx passes on what ASGI received": Kind(
        WRAPPED
        + BAGGAGE
        + """
import asyncio, httpx

async def asgi(scope, receive, send):
    got.append(dict(baggage.get_all()))
    async with httpx.AsyncClient() as c:
        await c.get(address + "/in")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})

got = []
app = wrapped(asgi, "ASGIMiddleware")
scope = {"type": "http", "method": "GET", "path": "/x", "query_string": b"",
         "headers": [(b"baggage", b"tenant=blue,shop=caf%C3%A9")]}

async def nothing(*_):
    return {"type": "http.request"}

asyncio.run(app(scope, nothing, nothing))
if WITH_US:
    assert got == [{"tenant": "blue", "shop": "caf\\u00e9"}], got
    assert seen == ["tenant=blue,shop=caf%C3%A9"], seen
""",
        [client("/in", service="inner"), server("/x", "inner")],
        "httpx",
        propagators="tracecontext,baggage",
    ),
    "aiohttp in a task and urllib in a thread have the program's baggage": Kind(
        BAGGAGE
        + """
import asyncio, aiohttp
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

async def asked():
    async with aiohttp.ClientSession() as session:
        async def one():
            async with session.get(address + "/a"):
                pass
        await asyncio.create_task(one())

context.attach(baggage.set_baggage("tenant", "green"))
asyncio.run(asked())
with ThreadPoolExecutor(1) as pool:
    pool.submit(copy_context().run, urllib.request.urlopen, address + "/b").result().read()
if WITH_US:
    assert seen == ["tenant=green", "tenant=green"], seen
""",
        [client("/a"), client("/b")],
        "aiohttp",
        propagators="baggage,tracecontext",
    ),
    "baggage that the program wrote itself stays as it is": Kind(
        BAGGAGE
        + """
import httpx, requests
context.attach(baggage.set_baggage("tenant", "green"))
requests.get(address + "/a", headers={"Baggage": "mine=1"})
httpx.get(address + "/b", headers={"baggage": "mine=2"})
urllib.request.urlopen(urllib.request.Request(address + "/c", headers={"Baggage": "mine=3"})).read()
print(seen)
""",
        [client("/a"), client("/b"), client("/c")],
        "httpx",
        propagators="tracecontext,baggage",
    ),
    "gRPC carries baggage as metadata": Kind(
        """
os.environ["GRPC_VERBOSITY"] = "NONE"
import grpc
from concurrent.futures import ThreadPoolExecutor
from opentelemetry import baggage, context
seen = []

def answer(request, call):
    seen.append(dict(call.invocation_metadata()).get("baggage"))
    return request

methods = {"C": grpc.unary_unary_rpc_method_handler(answer)}
handler = grpc.method_handlers_generic_handler("a.B", methods)
server_ = grpc.server(ThreadPoolExecutor(2))
server_.add_generic_rpc_handlers((handler,))
at = server_.add_insecure_port("127.0.0.1:0")
server_.start()
context.attach(baggage.set_baggage("tenant", "red"))
with grpc.insecure_channel(f"127.0.0.1:{at}") as channel:
    print(channel.unary_unary("/a.B/C")(b"x", metadata=(("mine", "1"),)))
server_.stop(0).wait()
if WITH_US:
    assert seen == ["tenant=red"], seen
""",
        [["CLIENT", "program", "UNSET", None, "None"]],
        "grpc",
        propagators="tracecontext,baggage",
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_headers_of_the_programs_own_arrive_as_it_wrote_them(tmp_path: Path, name: str) -> None:
    hold(tmp_path, KINDS[name])
