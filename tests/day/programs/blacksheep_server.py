"""A shop of BlackSheep's, with events as they come."""

import sys
from collections.abc import AsyncIterable

import uvicorn
from blacksheep import Application, json
from blacksheep.server.sse import ServerSentEvent

app = Application()


@app.router.post("/orders")
async def order(request):
    sent = await request.json()
    return json({"id": 7, "item": sent["item"]}, 201)


@app.router.get("/orders/{number}")
async def found(number: int):
    return json({"id": number})


@app.router.get("/events")
async def events() -> AsyncIterable[ServerSentEvent]:
    for number in range(3):
        yield ServerSentEvent({"n": number})


host, _, port = sys.argv[1].partition(":")
uvicorn.run(app, host=host, port=int(port))
