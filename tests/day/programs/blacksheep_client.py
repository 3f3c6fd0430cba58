"""Orders by httpx, and reads events with httpx-sse."""

import sys

import httpx
from httpx_sse import connect_sse

with httpx.Client(base_url=sys.argv[1]) as client:
    print(client.post("/orders", json={"item": "disk", "password": "hunter2"}).json())
    print(client.get("/orders/7").json())
    with connect_sse(client, "GET", "/events") as source:
        print([event.data for event in source.iter_sse()])
