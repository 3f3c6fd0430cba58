"""Which pairs of a query or a form are secret by the pairs beside them.

A code that was sent stands beside whom it was sent to, a password's second copy beside the first,
Subsonic's digest of one beside its salt. One row a kind; every sample is tested.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.cards import is_card
from otelhook.redaction.rules.names import Sensitivity
from otelhook.redaction.rules.placed import looks_like_one
from otelhook.redaction.rules.policy import Redactor

__all__ = ["KINDS", "Kind", "hide_beside"]


class Kind(NamedTuple):
    """One kind of pair."""

    kind: str
    pattern: re.Pattern[str]
    """With groups ``name``, its mark with it, and ``value``."""
    sample: str
    """A query whose secret is that of the value."""
    beside: re.Pattern[str] | None = None
    """What must stand elsewhere in the query."""
    judge: Callable[[str], bool] | None = None
    """What the value must look like besides."""


def _row(  # noqa: PLR0913 - the columns of a table
    kind: str,
    name: str,
    value: str,
    sample: str,
    *,
    beside: str = "",
    judge: Callable[[str], bool] | None = None,
) -> Kind:
    pattern = rf"(?:(?<=&)|\A)(?P<name>{name}=)(?P<value>{value})(?=&|\Z)"
    return Kind(kind, lazy(pattern), sample, lazy(beside) if beside else None, judge)


KINDS: Final = (
    _row(
        "code that was sent to somebody",
        "[Cc]ode",
        "[0-9]{4,8}",
        "to=mira&code=481516",
        beside=r"(?i:(?:\A|&)(?:to|phone\w{0,10}|mobile|e?mail|user\w{0,5}|login)=)",
    ),
    _row(
        "password by InfluxDB's and Subsonic's short name",
        "p",
        "[^&]{4,256}",
        "u=mira&p=hunter2x",
        beside=r"(?:\A|&)u=[^&]{1,64}&(?:[^&]{1,64}&){0,3}?p=",
        judge=looks_like_one,
    ),
    _row(
        "digest of a password beside its salt",
        "t",
        r"[0-9a-f]{32}(?=&s=\w)",
        "u=mira&t=0a1b2c3d4e5f60718293a4b5c6d7e8f9&s=c19b2d",
        beside=r"(?:\A|&)u=\w",
    ),
    _row(
        "key of a weather map",
        "(?i:appid)",
        "[0-9a-f]{32}",
        "q=Rome&appid=0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        judge=looks_like_one,
    ),
    _row(
        "community of SNMP",
        "community",
        "[^&]{3,256}",
        "oid=1.3.6&community=hunter2x",
        beside=r"(?:\A|&)(?:oid|snmp\w{0,16}|version=(?:v?1|v?2c)(?=&|\Z))",
        judge=looks_like_one,
    ),
    _row(
        "number of a card, in an object",
        r"[^&=]{0,64}(?:\[|%5B)number(?:\]|%5D)",
        r"\d{13,19}",
        "card[number]=4000056655665556",
    ),
    _row(
        "number of a card by a short name",
        "(?i:acct|pan|card)",
        r"\d{13,19}",
        "ACCT=4000056655665556",
        judge=is_card,
    ),
    _row(
        "receiver of Pushover",
        "user",
        "[A-Za-z0-9]{30}",
        "token=a&user=0a1b2c3d4e5f60718293a4b5c6d7e8",
        beside=r"(?:\A|&)token=",
        judge=looks_like_one,
    ),
    _row(
        "password once more",
        "(?i:confirm|confirmation|repeat|retype|again|verify)(?i:_?new)?",
        "[^&]{6,256}",
        "password=a&confirm=hunter2x",
        beside=r"(?i:(?:\A|&)[\w.-]{0,24}(?:pass|passw\w{2,4}|pwd|pw)\d?=)",
        judge=looks_like_one,
    ),
)
_ANY: Final = lazy(
    r"[&\]D](?:code|p|t|appid|community|acct|pan|card|user|(?:confirm(?:ation)?|repeat|retype|again"
    r"|verify)(?:_?new)?)=|number(?:\]|%5D)=",
    re.IGNORECASE,
)
"""A quick look: most queries have none of these names."""


def hide_beside(redactor: Redactor, query: str, places: list[str]) -> str:
    """Hide what other pairs make a secret, and append the names to ``places``."""
    if _ANY.search(f"&{query}") is None:
        return query
    for kind in KINDS:
        if kind.beside is None or kind.beside.search(query):
            query = _hide(redactor, kind, query, places)
    return query


def _hide(redactor: Redactor, kind: Kind, query: str, places: list[str]) -> str:
    def stand_in(match: re.Match[str]) -> str:
        value = match["value"]
        is_like = kind.judge is None or kind.judge(value)
        if not is_like or not redactor.hides(Sensitivity.HUMAN, value):
            return match.group()
        places.append(_NAME.findall(match["name"])[-1])
        return match["name"] + redactor.stand_in(Sensitivity.HUMAN, value)

    return kind.pattern.sub(stand_in, query)


_NAME: Final = lazy(r"(?<!%)[A-Za-z_]+(?=(?:\]|%5D)?=)")
"""The last name of a pair, without its brackets."""
