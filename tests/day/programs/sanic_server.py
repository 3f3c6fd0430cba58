"""A shop of Sanic's, served by an ASGI server as its documentation says."""

import sys

import uvicorn
from sanic import Sanic
from sanic.response import empty, json

app = Sanic("orders")


@app.post("/orders")
async def order(request):
    return json({"id": 7, "item": request.json["item"]}, 201)


@app.get("/orders/<number:int>")
async def found(request, number):
    return json({"id": number})


@app.delete("/orders/<number:int>")
async def gone(request, number):
    return empty()


@app.get("/stream")
async def stream(request):
    response = await request.respond(content_type="text/plain")
    for number in range(3):
        await response.send(f"line {number}\n")
    await response.eof()


host, _, port = sys.argv[1].partition(":")
uvicorn.run(app, host=host, port=int(port))
