"""What a search index wraps around documents: an answer's hits, and the lines of a bulk request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

__all__ = ["documents_in"]

_ACTIONS: Final = frozenset({"index", "create"})
_BESIDE: Final = frozenset({"routing", "pipeline", "dynamic_templates", "require_alias"})
"""What an action says beside ``_index`` and ``_id``."""


def documents_in(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the documents of an answer of OpenSearch or Elasticsearch, or of one of its hits.

    A line that says where the document after it belongs, as bulk requests have it, holds none; any
    other object is its own.
    """
    if len(value) == 1 and _ACTIONS.issuperset(value) and _is_action(value):
        return
    hits = value.get("hits")
    if isinstance(hits, dict):
        hits = cast("dict[str, Any]", hits).get("hits")
        for hit in cast("list[object]", hits) if isinstance(hits, list) else ():
            if isinstance(hit, dict):
                yield from documents_in(cast("dict[str, Any]", hit))
        return
    source = value.get("_source")
    yield cast("dict[str, Any]", source) if isinstance(source, dict) else value


def _is_action(value: dict[str, Any]) -> bool:
    (where,) = value.values()
    return isinstance(where, dict) and all(
        name.startswith("_") or name in _BESIDE for name in cast("dict[str, Any]", where)
    )
