"""References from an OpenAPI document: the name of each step's operation, and where to read more.

Read are ``paths``, each operation's ``summary``, ``operationId`` and ``externalDocs``, and the
paths of ``servers`` (OpenAPI 3) or ``basePath`` (2.0). A path fits if its template does, behind
one of the servers' paths; or, since proxies mount services anywhere, behind any path, if the
template has at least two literal segments. Of several the one with most literal segments wins.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast
from urllib.parse import quote, urlsplit

from otelhook.errors import ConfigError
from otelhook.lazy_patterns import lazy
from otelhook.sequence.annotations.notes import merged_notes
from otelhook.sequence.document import Document, Note, StepKind

__all__ = ["Operation", "operations", "parse_openapi", "refer"]

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_PARAMETER = lazy(r"\{[^{}/]*\}")
_LITERALS = 2
"""How many literal segments tell an operation without its server's path."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of an API."""

    method: str
    path: str
    """Its template, as written: ``/v2/images/{image_id}``."""
    bases: tuple[str, ...]
    """Paths under which servers have it, without a slash at the end."""
    summary: str
    link: str


def parse_openapi(text: str, form: Literal["json", "yaml"]) -> Mapping[str, object]:
    """Read an OpenAPI document's text.

    Raises:
        ConfigError: it cannot be parsed, is no OpenAPI document, or PyYAML is needed and absent.
    """
    try:
        data: object = json.loads(text) if form == "json" else _yaml(text)
    except (ValueError, RecursionError) as error:
        message = f"the OpenAPI document is not valid {form.upper()}: {_first_line(error)}"
        raise ConfigError(message) from None
    found = _table(data)
    if not isinstance(found.get("paths"), dict):
        message = "this is not an OpenAPI document: it has no 'paths'"
        raise ConfigError(message)
    return found


def _yaml(text: str) -> object:
    try:
        yaml = importlib.import_module("yaml")
    except ImportError:
        message = "OpenAPI in YAML needs PyYAML: pip install pyyaml, or use JSON"
        raise ConfigError(message) from None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(_first_line(error)) from None


def operations(data: Mapping[str, object], *, link_base: str = "") -> tuple[Operation, ...]:
    """List a document's operations.

    Args:
        data: the parsed document.
        link_base: address for operations without ``externalDocs``; ``{operation_id}`` in it is
            replaced, and operations without an id then have no link.
    """
    bases = _bases(data)
    return tuple(
        Operation(
            method.upper(),
            path,
            bases,
            _summary(operation),
            _link(operation, link_base) or _text(_table(data.get("externalDocs")).get("url")),
        )
        for path, item in _table(data.get("paths")).items()
        for method, operation in _of_path(_table(item))
    )


def refer(document: Document, known: Sequence[Operation]) -> Document:
    """Put on each request its operation's summary and link; where nothing fits, nothing.

    A path in which no value has a name yet is called by the operation's template.
    """
    index = [(operation, _patterns(operation)) for operation in known]
    seen: dict[tuple[str, str], Operation | None] = {}
    notes: list[Note] = []
    labels: dict[int, str] = {}
    for step in document.steps:
        if step.kind is not StepKind.REQUEST:
            continue
        method = step.method.upper()
        # Paths that differ by the values of variables only have one operation.
        call = (method, step.label or step.path)
        if call not in seen:
            seen[call] = _best(index, method, step.path)
        operation = seen[call]
        if operation is not None and step.label == step.path:
            labels[step.exchange] = _labelled(step.path, operation.path)
        if operation is not None and (operation.summary or operation.link):
            title = f"{operation.method} {operation.path}"
            notes.append(Note(step.number, step.number, operation.summary, title, operation.link))
    steps = tuple(
        replace(step, label=labels[step.exchange]) if step.exchange in labels else step
        for step in document.steps
    )
    return merged_notes(replace(document, steps=steps) if labels else document, notes)


def _labelled(path: str, template: str) -> str:
    """Lay a template over the end of the path that it fits: ``/api`` + ``/users/{user_id}``."""
    if not _PARAMETER.search(template):
        return path
    own = path.rstrip("/").split("/")
    laid = template.strip("/").split("/")
    return "/".join((*own[: len(own) - len(laid)], *laid)) + "/" * path.endswith("/")


def _best(
    index: Sequence[tuple[Operation, tuple[re.Pattern[str], ...]]], method: str, path: str
) -> Operation | None:
    fitting = (
        operation
        for operation, patterns in index
        if operation.method == method and any(pattern.fullmatch(path) for pattern in patterns)
    )
    return max(fitting, key=lambda operation: _literals(operation.path), default=None)


def _patterns(operation: Operation) -> tuple[re.Pattern[str], ...]:
    template = operation.path.rstrip("/")
    starts = [_template(base) for base in operation.bases]
    if _literals(template) >= _LITERALS:
        starts.append("(?:/.*)?")
    return tuple(re.compile(f"{start}{_template(template)}/?") for start in starts)


def _template(text: str) -> str:
    # A parameter may be a part of a segment (``{id}.json``); what is between is literal.
    return "[^/]+".join(re.escape(literal) for literal in _PARAMETER.split(text))


def _literals(template: str) -> int:
    return sum(bool(part) and not _PARAMETER.search(part) for part in template.split("/"))


def _of_path(item: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    for method in _METHODS:
        if isinstance(item.get(method), dict):
            # What is said of the path holds for its operations.
            yield method, {"summary": item.get("summary"), **_table(item[method])}


def _bases(data: Mapping[str, object]) -> tuple[str, ...]:
    urls = [_text(data.get("basePath"))]
    servers = data.get("servers")
    if isinstance(servers, list):
        urls += [_text(_table(server).get("url")) for server in cast("list[object]", servers)]
    return tuple(dict.fromkeys(_url_path(url).rstrip("/") for url in urls))


def _url_path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _summary(operation: Mapping[str, object]) -> str:
    summary = _text(operation.get("summary")) or _text(operation.get("description"))
    return summary.strip().partition("\n")[0].strip()


def _link(operation: Mapping[str, object], link_base: str) -> str:
    link = _text(_table(operation.get("externalDocs")).get("url"))
    if link or "{operation_id}" not in link_base:
        return link or link_base
    name = _text(operation.get("operationId"))
    return link_base.replace("{operation_id}", quote(name, safe="")) if name else ""


def _table(value: object) -> Mapping[str, object]:
    """Return a mapping's entries with names that are text; nothing for anything else."""
    if not isinstance(value, dict):
        return {}
    entries = cast("dict[object, object]", value).items()
    return {name: item for name, item in entries if isinstance(name, str)}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).partition("\n")[0]
