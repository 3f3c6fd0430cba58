"""GraphQL over HTTP: the query as it was written, or laid out if it is one line; its variables.

A request is a JSON object with ``query`` and perhaps ``operationName`` and ``variables``
(https://graphql.github.io/graphql-over-http/draft/#sec-JSON-Encoding).
"""

from __future__ import annotations

import json
import re
from typing import Final, cast

from otelhook.render.bodies.graphql_layout import laid_out
from otelhook.render.bodies.view import Content, Shown

__all__ = ["graphql"]

_QUERY: Final = re.compile(r"\s*(?:#[^\n]*\n\s*)*(?:query|mutation|subscription|fragment|\{)")
_KNOWN: Final = frozenset({"query", "operationName", "variables", "extensions"})


def graphql(content: Content) -> Shown | None:
    """Return a query with its variables after it."""
    text = content.text
    if text is None or content.truncated:
        return None
    if content.media_type == "application/graphql":
        return Shown("graphql", laid_out(text), name="GraphQL")
    asked = _asked(text)
    query = asked.get("query")
    if not isinstance(query, str) or "{" not in query or not _QUERY.match(query):
        return None
    lines = [laid_out(query.strip("\n"))]
    for name, item in asked.items():
        if name != "query" and item:
            said = json.dumps(item, indent=2, ensure_ascii=False)
            lines += ["", *(f"# {line}" for line in f"{name}: {said}".splitlines())]
    return Shown("graphql", "\n".join(lines), name="GraphQL")


def _asked(text: str) -> dict[str, object]:
    """Return the members of a request; none if the text is anything else."""
    if '"query"' not in text or text.lstrip()[:1] != "{":
        return {}
    value: object = json.loads(text)
    asked = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    return {} if asked.keys() - _KNOWN else asked
