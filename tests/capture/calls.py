"""One call with each client library that a program may use."""

from __future__ import annotations

import http.client
import urllib.request
from collections.abc import Callable

import httpcore
import httpx
import requests
import urllib3

Act = Callable[[str], object]
"""Makes a call to an address, and reads the answer."""

BODY = b'{"name": "anvil", "password": "hunter2"}'


def by_requests(url: str) -> None:
    with requests.Session() as session:
        session.trust_env = False
        session.post(url, data=BODY).json()


def by_requests_in_pieces(url: str) -> None:
    with requests.Session() as session:
        session.trust_env = False
        with session.get(url, stream=True) as response:
            list(response.iter_content(4))


def by_urllib3(url: str) -> None:
    with urllib3.PoolManager() as pool:
        pool.request("POST", url, body=BODY)


def by_urllib(url: str) -> None:
    with urllib.request.urlopen(urllib.request.Request(url, data=BODY)) as response:
        response.read()


def by_http_client(url: str) -> None:
    host, _, path = url.partition("//")[2].partition("/")
    connection = http.client.HTTPConnection(host)
    try:
        connection.putrequest("POST", f"/{path}")
        connection.putheader("Content-Length", str(len(BODY)))
        connection.endheaders()
        connection.send(BODY)
        response = connection.getresponse()
        response.read()
        response.close()
    finally:
        connection.close()


def by_httpx(url: str) -> None:
    with httpx.Client(trust_env=False) as client:
        client.post(url, content=BODY).json()


def by_httpx_in_pieces(url: str) -> None:
    with httpx.Client(trust_env=False) as client, client.stream("POST", url, content=BODY) as got:
        list(got.iter_bytes())


def by_httpcore(url: str) -> None:
    with httpcore.ConnectionPool() as pool:
        pool.request("POST", url, content=BODY)


CLIENTS: list[Act] = [
    *(by_requests, by_requests_in_pieces, by_urllib3, by_urllib, by_http_client),
    *(by_httpx, by_httpx_in_pieces, by_httpcore),
]
