"""A model behind OpenAI's API, with Falcon: too busy for the first call, and streams on request."""

import json
import sys

import falcon.asgi
import uvicorn

asked = []


def choice(text: str, name: str) -> dict:
    return {"index": 0, name: {"role": "assistant", "content": text}, "finish_reason": "stop"}


class Completions:
    async def on_post(self, request, response):
        wanted = await request.get_media()
        asked.append(wanted)
        if len(asked) == 1:
            response.status = 429
            response.set_header("Retry-After", "0")
            response.media = {"error": {"message": "slow down"}}
            return
        head = {"id": "c-1", "created": 1764450000, "model": wanted["model"]}
        if not wanted.get("stream"):
            head |= {"object": "chat.completion", "choices": [choice("hello", "message")]}
            response.media = head
            return
        response.content_type = "text/event-stream"
        response.stream = self.words(head)

    async def words(self, head):
        for word in ("hel", "lo"):
            part = {**head, "object": "chat.completion.chunk", "choices": [choice(word, "delta")]}
            yield f"data: {json.dumps(part)}\n\n".encode()
        yield b"data: [DONE]\n\n"


app = falcon.asgi.App()
app.add_route("/v1/chat/completions", Completions())
host, _, port = sys.argv[1].rpartition(":")
uvicorn.run(app, host=host, port=int(port), log_level="warning")
