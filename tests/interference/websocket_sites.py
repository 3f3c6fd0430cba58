"""One site of websockets, written for each framework that has them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

__all__ = ["WEBSOCKET_SITES"]

_CLOSES = 4002


def _starlette() -> Any:
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute
    from starlette.websockets import WebSocket

    async def echo(socket: WebSocket) -> None:
        await socket.accept(headers=[(b"x-path", socket.url.path.encode())])
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if message.get("text") is not None:
                await socket.send_text(message["text"])
            else:
                await socket.send_bytes(message["bytes"])

    async def bye(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text(await socket.receive_text())
        await socket.close(_CLOSES, "done")

    async def refuse(socket: WebSocket) -> None:
        await socket.close()

    async def fail(socket: WebSocket) -> None:
        await socket.accept()
        await socket.receive_text()
        message = "a defect"
        raise RuntimeError(message)

    paths: dict[str, Callable[[WebSocket], Awaitable[None]]] = {
        "/echo": echo,
        "/bye": bye,
        "/refuse": refuse,
        "/fail": fail,
    }
    return Starlette(routes=[WebSocketRoute(path, act) for path, act in paths.items()])


def _quart() -> Any:
    from quart import Quart, abort, websocket

    app = Quart("site")

    @app.websocket("/echo")
    async def echo() -> None:
        await websocket.accept(headers={"x-path": websocket.path})
        while True:
            await websocket.send(await websocket.receive())

    @app.websocket("/bye")
    async def bye() -> None:
        await websocket.send(await websocket.receive())
        await websocket.close(_CLOSES, "done")

    @app.websocket("/refuse")
    async def refuse() -> None:
        abort(403)

    @app.websocket("/fail")
    async def fail() -> None:
        await websocket.receive()
        message = "a defect"
        raise RuntimeError(message)

    return app


def _litestar() -> Any:
    # Litestar reads the annotations of its handlers, from its module's names.
    import litestar

    async def echo(socket: Any) -> None:
        await socket.accept()
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            await socket.send({**message, "type": "websocket.send"})

    async def bye(socket: Any) -> None:
        await socket.accept()
        await socket.send_text(await socket.receive_text())
        await socket.close(_CLOSES, "done")

    async def refuse(socket: Any) -> None:
        await socket.close()

    async def fail(socket: Any) -> None:
        await socket.accept()
        await socket.receive_text()
        message = "a defect"
        raise RuntimeError(message)

    handlers: list[Any] = []
    for path, act in (("/echo", echo), ("/bye", bye), ("/refuse", refuse), ("/fail", fail)):
        act.__annotations__ = {"socket": litestar.WebSocket, "return": None}
        handlers.append(litestar.websocket(path)(act))
    return litestar.Litestar(handlers)


WEBSOCKET_SITES: dict[str, Callable[[], Any]] = {
    "starlette-sockets": _starlette,
    "quart-sockets": _quart,
    "litestar-sockets": _litestar,
}
