"""What a browser finds of what should not be there: what ran, was asked for, or would be."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from tests.hostile.payloads import MARK

__all__ = ["found_after", "found_in"]

SCHEMES = ("http:", "https:", "file:", "mailto:", "data:image/", "data:,")
"""Of addresses that links and pictures may have."""

_ACTING = """(() => {
  const found = [];
  const has = (element, name) =>
    element.hasAttribute(name) || element.hasAttribute(`xlink:${name}`);
  for (const element of document.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on")) found.push(`${element.tagName} ${name}=${value}`);
    }
    for (const name of ["href", "src", "action", "formAction", "data", "srcdoc", "background"]) {
      let address = element[name];
      if (address && typeof address === "object") address = address.baseVal;
      if (typeof address !== "string" || !has(element, name.toLowerCase())) continue;
      if (!SCHEMES.some((scheme) => address.startsWith(scheme) || address.startsWith("#"))) {
        found.push(`${element.tagName} ${name}=${address}`);
      }
    }
  }
  return found;
})()"""


def found_in(page: Any, address: str, own: Collection[str] = ("file://", "data:")) -> list[str]:
    """Open an address and return what it did, or offers to do, that no text may.

    Args:
        page: of `tests.html.devtools`.
        address: what to open.
        own: how the addresses begin that it may ask for.
    """
    page.call("Page.navigate", url="about:blank")
    page.wait("location.href === 'about:blank'")
    page.said(lambda _: True)
    page.call("Page.navigate", url=address)
    page.wait("location.href !== 'about:blank' && document.readyState === 'complete'")
    return found_after(page, own)


def found_after(page: Any, own: Collection[str]) -> list[str]:
    """Return what a page did since it was looked at last, and what it offers to do."""
    acting: list[str] = page.js(_ACTING.replace("SCHEMES", json.dumps(SCHEMES)))
    events = page.said(lambda _: True)
    found = [f"offers {one}" for one in acting]
    for event in events:
        said = json.dumps(event.get("params", {}))
        match event["method"]:
            case "Runtime.consoleAPICalled" if MARK in said:
                found.append("ran")
            case "Page.javascriptDialogOpening":
                found.append("opened a dialog")
            case "Network.requestWillBeSent":
                asked = event["params"]["request"]["url"]
                if not asked.startswith(tuple(own)):
                    found.append(f"asked for {asked}")
            case _:
                pass
    return found
