"""A small client of Chromium's DevTools protocol, over a pair of pipes: no port, no dependency.

Messages are JSON ended by a NUL byte, in on descriptor 3 and out on descriptor 4
(``--remote-debugging-pipe``).
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["Browser", "DevToolsError", "Page", "find_chromium"]

DEADLINE = 30.0

_STILL = """async (selector) => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  let before = "";
  for (let tries = 0; tries < 600; tries += 1) {
    const found = document.querySelector(selector);
    const r = found ? found.getBoundingClientRect() : null;
    const [x, y] = r ? [r.x + r.width / 2, r.y + r.height / 2] : [0, 0];
    const now = r ? `${x} ${y} ${r.width}` : "";
    const hit = r && found.contains(document.elementFromPoint(x, y));
    if (hit && now === before) return [x, y];
    before = now;
    await frame();
    await frame();
  }
  return null;
}"""
"""Where an element's middle is: a page that was resized, say, is laid out anew a moment later."""
KEY_CODES = {"Enter": 13, "Escape": 27, "Home": 36, "End": 35, "ArrowDown": 40, "ArrowUp": 38}
KEY_CODES |= {"ArrowLeft": 37, "ArrowRight": 39, "Tab": 9}


def find_chromium() -> str | None:
    """Return the path of a Chromium, if there is one."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


class DevToolsError(Exception):
    """The browser refused a call."""


class Browser:
    """A headless Chromium with a profile of its own."""

    def __init__(self, chromium: str, profile: Path) -> None:
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        flags = (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--hide-scrollbars",
            "--remote-debugging-pipe",
            f"--user-data-dir={profile}",
            "about:blank",
        )
        wiring = f'exec "$0" "$@" 3<&{to_read} 4>&{to_write}'
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", wiring, chromium, *flags],
            pass_fds=(to_read, to_write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)
        self._buffer = b""
        self._last = 0
        self.events: list[dict[str, Any]] = []

    def close(self) -> None:
        """End the browser and wait for it."""
        try:
            self.call("Browser.close")
            self._process.wait(10)
        except (OSError, TimeoutError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        os.close(self._read)
        os.close(self._write)

    def call(self, method: str, session: str | None = None, **params: object) -> dict[str, Any]:
        """Call a method and return its result; events that come meanwhile are kept."""
        self._last += 1
        message: dict[str, object] = {"id": self._last, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data) :]
        end = time.monotonic() + DEADLINE
        while True:
            answer = self._next(end)
            if answer.get("id") == self._last:
                if "error" in answer:
                    raise DevToolsError(method, answer["error"])
                return dict(answer["result"])
            self.events.append(answer)

    def _next(self, end: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(0.0, end - time.monotonic()))
            data = os.read(self._read, 1 << 20) if ready else b""
            if not data:
                raise TimeoutError
            self._buffer += data
        message, _, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(message))

    def page(self, width: int = 1400, height: int = 900) -> Page:
        """Open an empty page of this size."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, target, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.resize(width, height)
        return page


class Page:
    """One page of a `Browser`."""

    def __init__(self, browser: Browser, target: str, session: str) -> None:
        self._browser = browser
        self._target = target
        self._session = session

    def call(self, method: str, **params: object) -> dict[str, Any]:
        """Call a method on this page."""
        return self._browser.call(method, self._session, **params)

    def close(self) -> None:
        """Close the page."""
        self._browser.call("Target.closeTarget", targetId=self._target)

    def resize(self, width: int, height: int) -> None:
        """Give the window another size, in CSS pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def open(self, url: str) -> None:
        """Go to an address and wait until the viewer says that it is ready."""
        self.call("Page.navigate", url="about:blank")
        self.wait("location.href === 'about:blank'")
        self.call("Page.navigate", url=url)
        self.wait("document.documentElement?.dataset.ready !== undefined")

    def js(self, expression: str) -> Any:
        """Evaluate an expression, awaiting promises, and return its JSON value."""
        answer = self.call(
            "Runtime.evaluate",
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"]["exception"].get("description"))
        return answer["result"].get("value")

    def wait(self, condition: str) -> None:
        """Wait until an expression is true in the page."""
        end = time.monotonic() + DEADLINE
        while not self.js(f"Boolean({condition})"):
            if time.monotonic() > end:
                raise TimeoutError(condition)
            # One frame of the browser, not a sleep of ours.
            self.js("new Promise((done) => setTimeout(done, 16))")

    def press(self, *keys: str) -> None:
        """Press keys one after the other, as a keyboard would."""
        for key in keys:
            code = KEY_CODES.get(key, ord(key[0].upper()))
            text = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
            common = {"key": key, "windowsVirtualKeyCode": code}
            self.call("Input.dispatchKeyEvent", type="keyDown", **common, **text)
            self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text: str) -> None:
        """Put text in where the focus is."""
        self.call("Input.insertText", text=text)

    def click(self, selector: str) -> None:
        """Click the middle of the first element that matches, once it stays where it is."""
        box = self.js(f"({_STILL})({json.dumps(selector)})")
        if box is None:
            raise TimeoutError(selector)
        mouse: dict[str, object] = {"x": box[0], "y": box[1], "button": "left", "clickCount": 1}
        self.call("Input.dispatchMouseEvent", type="mousePressed", **mouse)
        self.call("Input.dispatchMouseEvent", type="mouseReleased", **mouse)

    def emulate(self, **features: str) -> None:
        """Emulate media features, e.g. ``prefers_color_scheme="dark"``."""
        listed = [{"name": n.replace("_", "-"), "value": v} for n, v in features.items()]
        self.call("Emulation.setEmulatedMedia", features=listed)

    def emulate_media(self, media: str) -> None:
        """Take the style for a medium, e.g. ``print``."""
        self.call("Emulation.setEmulatedMedia", media=media)

    def screenshot(self) -> bytes:
        """Return the window as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])

    def pdf(self) -> bytes:
        """Return the page as it prints."""
        answer = self.call("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
        return base64.b64decode(answer["data"])

    def said(self, wanted: Callable[[str], bool]) -> list[dict[str, Any]]:
        """Return this page's events so far whose method is wanted, and forget them."""
        events = self._browser.events
        mine = [e for e in events if e.get("sessionId") == self._session and wanted(e["method"])]
        self._browser.events = [e for e in events if e not in mine]
        return mine
