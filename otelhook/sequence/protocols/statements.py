"""The operation and the table of a database's statement: enough to name it, no parser.

A summary in the conventions' sense (semantic conventions, "Generating a summary of the query
text"): the verb and the first thing it is applied to.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from otelhook.lazy_patterns import lazy

__all__ = ["is_sql", "summary_of"]

_LOOKED_AT: Final = 2048
_LEADING: Final = lazy(r"(?:\s+|--[^\n]*\n|/\*.*?\*/|\()*", re.DOTALL)
_QUOTED: Final = r"(?:[`\"\[][^`\"\]\n]{1,80}[`\"\]]|[\w$#@-]+)"
_TABLE: Final = rf"({_QUOTED}(?:\s*\.\s*{_QUOTED}){{0,3}})"
_TARGETS: Final = {
    verb: lazy(pattern + _TABLE, re.IGNORECASE)
    for verb, pattern in (
        ("SELECT", r"\bFROM\s+(?:ONLY\s+)?"),
        ("INSERT", r"\bINTO\s+(?:TABLE\s+)?"),
        ("REPLACE", r"\bINTO\s+"),
        ("MERGE", r"\bINTO\s+"),
        ("UPDATE", r"\bUPDATE\s+(?:ONLY\s+|IGNORE\s+)?"),
        ("DELETE", r"\bFROM\s+(?:ONLY\s+)?"),
        ("TRUNCATE", r"\bTRUNCATE\s+(?:TABLE\s+)?(?:ONLY\s+)?"),
        ("CREATE", r"\b(?:TABLE|INDEX|VIEW|DATABASE|SCHEMA|KEYSPACE)\s+(?:IF\s+NOT\s+EXISTS\s+)?"),
        ("ALTER", r"\b(?:TABLE|VIEW|DATABASE|SCHEMA)\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?"),
        ("DROP", r"\b(?:TABLE|INDEX|VIEW|DATABASE|SCHEMA)\s+(?:IF\s+EXISTS\s+)?"),
        ("COPY", r"\bCOPY\s+"),
        ("CALL", r"\bCALL\s+"),
        ("EXEC", r"\bEXEC(?:UTE)?\s+"),
    )
}
_WITHOUT_TARGET: Final = frozenset(
    {"BEGIN", "COMMIT", "ROLLBACK", "SET", "SHOW", "USE", "SAVEPOINT", "RELEASE", "START", "PRAGMA"}
    | {"EXPLAIN", "ANALYZE", "VACUUM", "LOCK", "GRANT", "REVOKE", "LISTEN", "NOTIFY", "WITH"}
    | {"DECLARE", "FETCH", "CLOSE", "DEALLOCATE", "PREPARE", "DISCARD", "VALUES", "EXECUTE"}
)
_SAYS_NOTHING: Final = lazy(r"'(?:[^'\\]|\\.|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
"""Literals and comments: what stands in them is not a table."""

_OF_FUNCTION: Final = lazy(r"(?i)\b(?:extract|substring|trim|overlay)\s{0,4}\([^()]{0,200}\Z")
"""What stands before a ``FROM`` that is of a function: ``EXTRACT(YEAR FROM created)``."""

_AROUND: Final = {
    "WITH": lazy(r"\)\s*(SELECT|INSERT|UPDATE|DELETE|MERGE)\b", re.IGNORECASE),
    "BEGIN": lazy(  # CQL's batch, named by its first statement
        r"^\s*BEGIN\s+(?:UNLOGGED\s+|COUNTER\s+)?BATCH\s+(?:USING\s+TIMESTAMP\s+\S+\s+)?"
        r"(INSERT|UPDATE|DELETE)\b",
        re.IGNORECASE,
    ),
}
"""What stands around the statement that a reader would name, by its first word."""

_WORD: Final = lazy(r"[A-Za-z_][\w.-]*")


def is_sql(statement: str) -> bool:
    """Return whether a statement begins like one of SQL."""
    verb = _verb(statement)
    return verb in _TARGETS or verb in _WITHOUT_TARGET


@lru_cache(maxsize=1024)
def summary_of(statement: str) -> tuple[str, str]:
    """Return verb and table: ``("INSERT", "orders")``; empty where there is none."""
    text = _SAYS_NOTHING.sub("''", statement[:_LOOKED_AT])
    verb = _verb(statement)
    around = _AROUND.get(verb)
    inner = around.search(text) if around is not None else None
    if inner:
        text, verb = text[inner.start(1) :], inner[1].upper()
    pattern = _TARGETS.get(verb)
    named = pattern.finditer(text) if pattern is not None else iter(())
    found = next((one for one in named if not _OF_FUNCTION.search(text[: one.start()])), None)
    if found is None:
        return verb, ""
    parts = [part.strip().strip('`"[]') for part in found[1].split(".")]
    return verb, ".".join(parts)


def _verb(statement: str) -> str:
    start = _LEADING.match(statement[:_LOOKED_AT])
    word = _WORD.match(statement, start.end() if start else 0)
    return word[0].upper() if word else ""
