"""The operation within an HTTP request, where one path serves many: ``POST /`` says nothing.

Headers come first, since they are whole; a body is looked at only as far as it was kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Final, cast
from urllib.parse import parse_qs

from otelhook.lazy_patterns import lazy
from otelhook.model import Attributes
from otelhook.sequence.spans.coercion import first_text
from otelhook.sequence.spans.messages import Message, header_value

__all__ = ["operation_within"]

_LONGEST: Final = 120
_LOOKED_AT: Final = 65_536
_NAME: Final = lazy(r"[\w.$:/#~-]{1,120}", re.ASCII)
_XML_METHOD: Final = lazy(r"<methodName>\s*([\w.:/-]{1,120})\s*</methodName>")
_ENVELOPE: Final = lazy(r"<(?:[\w.-]+:)?Body\b[^<>]*>\s*<(?:[\w.-]+:)?([\w.-]{1,120})")
_JSON_STRING: Final = r'\s*:\s*"((?:[^"\\]|\\.){1,120})"'
_JSON_RPC: Final = lazy(r'"method"' + _JSON_STRING)
_IS_JSON_RPC: Final = lazy(r'"jsonrpc"\s*:')
_GRAPHQL_NAME: Final = lazy(r'"operationName"' + _JSON_STRING)
_GRAPHQL: Final = lazy(
    r"\s*(?:#[^\n]{0,500}\n\s*){0,20}(query|mutation|subscription)\s+(\w{1,120})\s*[({@]"
)
"""An operation with a name, and what has to follow: "query performance" is a search for text."""


def operation_within(
    attributes: Attributes, method: str, path: str, query: str, request: Message
) -> str:
    """Return the operation that a request names in its headers, query or body; empty if none."""
    for find in _FINDERS:
        found = find(attributes, path, query, request)
        if found:
            return found[:_LONGEST]
    return "" if method != "POST" else _in_body(request)


def _graphql_attributes(attributes: Attributes, *_: object) -> str:
    name = first_text(attributes, ("graphql.operation.name", "graphql.operationName"))
    kind = first_text(attributes, ("graphql.operation.type",))
    return f"{kind} {name}".strip()


def _amazon(_attributes: Attributes, _path: str, query: str, request: Message) -> str:
    target = header_value(request.headers, "x-amz-target")
    if target:
        return target.rpartition(".")[2] if _NAME.fullmatch(target) else ""
    return _action(query)


def _action(pairs: str) -> str:
    """Return AWS's ``Action`` out of a query or a form (its "Query API")."""
    if "Action=" not in pairs or ("Version=" not in pairs and "X-Amz-" not in pairs):
        return ""
    found = parse_qs(pairs[:_LOOKED_AT]).get("Action", [""])[0]
    return found if _NAME.fullmatch(found) else ""


def _soap(_attributes: Attributes, _path: str, _query: str, request: Message) -> str:
    action = header_value(request.headers, "soapaction").strip('" ')
    if not action:
        kind = header_value(request.headers, "content-type")
        _, _, action = kind.partition("action=")
        action = action.partition(";")[0].strip('" ')
    name = re.split(r"[/#:]", action)[-1]
    return name if _NAME.fullmatch(name) else ""


def _grpc_web(_attributes: Attributes, path: str, _query: str, request: Message) -> str:
    kind = header_value(request.headers, "content-type")
    if not kind.startswith(("application/grpc-web", "application/grpc", "application/connect")):
        return ""
    service, _, name = path.strip("/").rpartition("/")
    return f"{service.rpartition('.')[2]}/{name}" if service and name else ""


_Finder = Callable[[Attributes, str, str, Message], str]
_FINDERS: Final[tuple[_Finder, ...]] = (_graphql_attributes, _amazon, _soap, _grpc_web)


def _in_body(request: Message) -> str:
    content = None if request.body is None else request.body.content
    if not isinstance(content, str) or not content:
        return ""
    text = content[:_LOOKED_AT]
    start = text.lstrip()[:1]
    if start == "<":
        found = _XML_METHOD.search(text) or _ENVELOPE.search(text)
        return found[1] if found else ""
    if start in "{[":
        return _in_json(text)
    return _action(text)


def _in_json(text: str) -> str:
    if _IS_JSON_RPC.search(text):
        methods = list(dict.fromkeys(_methods(text)))
        return ", ".join(methods[:3]) + (" ..." if len(methods) > 3 else "")  # noqa: PLR2004
    if '"query"' not in text and '"operationName"' not in text:
        return ""
    named = _GRAPHQL_NAME.search(text)
    written = _GRAPHQL.match(_query_text(text))
    kind = written[1] if written else ""
    if named:
        return f"{kind} {_unescaped(named[1])}".strip()
    return f"{kind} {written[2]}" if written else ""


def _methods(text: str) -> list[str]:
    """Return the methods of a call or a batch; of a body that was cut also those of parameters."""
    try:
        whole: object = json.loads(text)
    except (ValueError, RecursionError):
        return [_unescaped(name) for name in _JSON_RPC.findall(text)]
    calls = cast("list[object]", whole) if isinstance(whole, list) else [whole]
    found = (cast("dict[str, object]", c).get("method") for c in calls if isinstance(c, dict))
    return [name for name in found if isinstance(name, str) and name]


def _query_text(text: str) -> str:
    """Return the text of GraphQL's ``query``, empty if it is none."""
    found = re.search(r'"query"\s*:\s*"((?:[^"\\]|\\.){1,2000})', text)
    return _unescaped(found[1]) if found else ""


def _unescaped(text: str) -> str:
    try:
        return cast("str", json.loads(f'"{text}"'))
    except ValueError:
        return text
