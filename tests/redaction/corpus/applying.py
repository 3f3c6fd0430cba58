"""Passes entries of the corpus through the rules, each by the way that its place has."""

from __future__ import annotations

import json
import shlex
from typing import Any
from urllib.parse import quote, urlencode

from otelhook.redaction import (
    Redactor,
    redact_body,
    redact_command,
    redact_header,
    redact_path,
    redact_query,
    redact_text,
    redact_url,
)
from tests.redaction.corpus.entries import Innocent

__all__ = ["shown", "written"]


def written(innocent: Innocent) -> tuple[str, str, str]:
    """Return how an innocent value stands in a message: place, content type and text."""
    place, name, value = innocent.place, innocent.name, innocent.value
    if place == "json":
        document: Any = value
        for key in reversed(name.split(".")):
            document = {key: document}
        return "body", "application/json", json.dumps({"name": "x", **document}, indent=1)
    if place == "xml":
        return "body", "text/xml", f"<Answer><{name}>{value}</{name}></Answer>"
    if place == "form":
        return "body", "application/x-www-form-urlencoded", urlencode({"a": "1", name: value})
    if place == "query":
        return "query", "", f"a=1&{name}={quote(value)}"
    if place.endswith("header"):
        return place, "", f"{name}: {value}"
    return place, "", value


_BY_PLACE = {"query": redact_query, "path": redact_path, "url": redact_url}


def shown(redactor: Redactor, place: str, content_type: str, text: str) -> str:
    """Return what redaction makes of a text at a place of the corpus."""
    if place.endswith("header"):
        name, _, value = text.partition(": ")
        return f"{name}: {redact_header(redactor, name.lower(), value)}"
    if place.endswith("body"):
        return redact_body(redactor, text, content_type).value
    if place == "command":
        return shlex.join(redact_command(redactor, shlex.split(text)).value)
    return _BY_PLACE.get(place, redact_text)(redactor, text).value
