"""aiohttp's server within this process: what its own ways of sending need."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.trace import SpanKind

pytest.importorskip("aiohttp")
import aiohttp
from aiohttp import web, web_fileresponse, web_protocol

from otelhook.capture.handlers.aiohttp_web import aiohttp_file_patches, aiohttp_web_patches


@pytest.fixture
def _answering(instrument: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    handle = instrument("shop")
    for holder, name, ours in (
        *aiohttp_web_patches(web_protocol, handle.scope),
        *aiohttp_file_patches(web_fileresponse),
    ):
        monkeypatch.setattr(holder, name, ours)


@pytest.mark.usefixtures("_answering")
@pytest.mark.parametrize("size", [100, 300_000])
def test_a_file_is_recorded_once_and_sent_whole(recorded: Any, tmp_path: Path, size: int) -> None:
    file = tmp_path / "words.txt"
    file.write_text("word " * (size // 5))

    async def answer(_request: Any) -> Any:
        return web.FileResponse(file)

    async def main() -> str:
        app = web.Application()
        app.router.add_get("/", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{runner.addresses[0][1]}/") as response,
        ):
            read = await response.text()
        await runner.cleanup()
        return read

    sent = file.read_text()
    assert asyncio.run(main()) == sent
    (span,) = [one for one in recorded.all() if one.kind is SpanKind.SERVER]
    assert span.attributes["http.response.body.size"] == size
    content = span.attributes["http.response.body.content"]
    assert content
    assert sent.startswith(content)
