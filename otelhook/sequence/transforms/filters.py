"""Rules that leave exchanges out of a Document, in the form that requestshook's author used.

``should_not_hook.json`` is read as it is: ``{"filters": [...], "mappings": {...}}``, a list of
rules, or one rule (or several with commas between them, as its author printed them). A rule has
``from``, ``to``, ``method`` and ``urls``; each may be left out or ``"*"`` and then fits anything.
Names and methods are compared without case. Urls are regular expressions that are *searched* in
path and query, so ``/identity/v3/limits`` leaves out ``/identity/v3/limits/model`` too; in them
``{uuid}`` stands for hex digits and dashes, any other ``{name}`` for one segment of a path, unless
``mappings`` says otherwise. ``beneath`` is ours: it leaves out what the exchange led to as well.
The same in TOML: ``[[filters]]`` and ``[mappings]``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from otelhook.errors import ConfigError
from otelhook.sequence.call_tree import nesting
from otelhook.sequence.document import Document, Hidden, Step
from otelhook.sequence.matching import PLACEHOLDER, caller_and_callee, collected
from otelhook.sequence.transforms.remove_exchanges import without_exchanges
from otelhook.toml_text import parse_toml

__all__ = ["Form", "Rule", "hide", "parse_rules"]

Form = Literal["json", "toml"]

_MAPPINGS = {"{uuid}": "([a-fA-F0-9-]+)"}
"""The ancestor's own default."""

_SEGMENT = "[^/?]+"
_NAMES = ("from", "to", "method")
_KEYS = frozenset({*_NAMES, "urls", "beneath", "comment"})
_WORLD = frozenset({"filters", "mappings"})


@dataclass(frozen=True, slots=True)
class Rule:
    """Exchanges to leave out. Empty text and no urls fit anything."""

    source: str = ""
    """Name of the caller."""
    target: str = ""
    """Name of the callee."""
    method: str = ""
    urls: tuple[re.Pattern[str], ...] = ()
    beneath: bool = False
    """Whether what the exchange led to is left out with it."""
    written: str = ""
    """The rule in one line, as it was written."""

    def matches(self, caller: str, callee: str, method: str, path: str) -> bool:
        """Return whether an exchange is left out; ``path`` may have its query."""
        return (
            _fits(self.source, caller)
            and _fits(self.target, callee)
            and _fits(self.method, method)
            and (not self.urls or any(url.search(path) for url in self.urls))
        )


def parse_rules(text: str, form: Form, problems: list[str] | None = None) -> tuple[Rule, ...]:
    """Read rules.

    Args:
        text: of the file.
        form: what it is written in.
        problems: takes a line for each rule that cannot be used, which is then left out.

    Raises:
        ConfigError: the text is not in that form, or a rule cannot be used and there is no list
            to say so; the message says which rule it is.
    """
    is_json = form == "json"
    data: object = _parsed_json(text) if is_json else parse_toml(text, "the filter file is")
    mappings = dict(_MAPPINGS)
    listed: object = data
    if isinstance(data, dict):
        world = cast("dict[str, object]", data)
        # An empty file is TOML without rules; in JSON somebody wrote an empty rule.
        listed = [world] if world or form == "json" else []
        if _WORLD & world.keys():
            _refuse_others(world, _WORLD, "the filter file")
            mappings |= _mappings(world.get("mappings", {}))
            listed = world.get("filters", [])
    if not isinstance(listed, list):
        message = "the filter file should hold a list of rules under 'filters'"
        raise ConfigError(message)
    rules: list[Rule] = []
    for number, item in enumerate(cast("list[object]", listed), 1):
        with collected(problems):
            rules.append(_rule(item, f"filter rule {number}", mappings, form))
    return tuple(rules)


def hide(document: Document, rules: Sequence[Rule]) -> Document:
    """Return the document without the exchanges that a rule fits, and with the count of them.

    An exchange counts for the first rule that fits it; those beneath it only if that rule says
    so. Rules that fit nothing are not listed in ``hidden``.
    """
    chosen = _chosen(document.steps, rules)
    counts: dict[int, int] = {}
    for index in chosen.values():
        counts[index] = counts.get(index, 0) + 1
    hidden = tuple(Hidden(rules[index].written, counts[index]) for index in sorted(counts))
    shown = without_exchanges(document, chosen.keys())
    return replace(shown, hidden=document.hidden + hidden) if hidden else document


def _chosen(steps: Sequence[Step], rules: Sequence[Rule]) -> dict[int, int]:
    """Return from each exchange that is left out to the index of its rule."""
    parents = nesting(steps) if any(rule.beneath for rule in rules) else {}
    known: dict[tuple[str, str, str, str], int | None] = {}
    chosen: dict[int, int] = {}
    seen: set[int] = set()
    for step in steps:
        if step.exchange in seen:
            continue
        seen.add(step.exchange)
        above = chosen.get(parents.get(step.exchange, 0))
        if above is not None and rules[above].beneath:
            chosen[step.exchange] = above
            continue
        path = f"{step.path}?{step.query}" if step.query else step.path
        call = (*caller_and_callee(step), step.method, path)
        if call not in known:
            known[call] = next((i for i, rule in enumerate(rules) if rule.matches(*call)), None)
        index = known[call]
        if index is not None:
            chosen[step.exchange] = index
    return chosen


def _fits(wanted: str, found: str) -> bool:
    return not wanted or wanted.casefold() == found.casefold()


def _parsed_json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        problem = error
    try:  # rules with commas between them, and no brackets around
        return json.loads(f"[{text.strip().removesuffix(',')}]")
    except (ValueError, RecursionError):
        message = f"the filter file is not valid JSON: {problem}"
        raise ConfigError(message) from None


def _refuse_others(given: Mapping[str, object], known: frozenset[str], where: str) -> None:
    """A key that nobody reads would silently make a rule fit more than was meant."""
    for name in given:
        if name not in known:
            message = f"{where}: unknown key {name!r}; known: {', '.join(sorted(known))}"
            raise ConfigError(message)


def _mappings(given: object) -> dict[str, str]:
    if not isinstance(given, dict):
        message = "the filter file: 'mappings' should be a table of names and patterns"
        raise ConfigError(message)
    mappings: dict[str, str] = {}
    for name, pattern in cast("dict[str, object]", given).items():
        mark = name if name.startswith("{") else f"{{{name}}}"
        if not isinstance(pattern, str):
            message = f"mapping {mark}: expected a pattern as text"
            raise ConfigError(message)
        mappings[mark] = pattern
    return mappings


def _rule(given: object, where: str, mappings: Mapping[str, str], form: Form) -> Rule:
    if not isinstance(given, dict):
        message = f"{where}: expected an object with 'from', 'to', 'method' and 'urls'"
        raise ConfigError(message)
    rule = cast("dict[str, object]", given)
    _refuse_others(rule, _KEYS, where)
    if not rule.keys() - {"beneath", "comment"}:
        message = f"{where}: it names nothing and would hide everything; write 'urls = [\"/\"]'"
        raise ConfigError(message)
    source, target, method = (_name(rule, key, where) for key in _NAMES)
    beneath = rule.get("beneath", False)
    if not isinstance(beneath, bool):
        message = f"{where}: 'beneath' should be true or false"
        raise ConfigError(message)
    urls = _urls(rule.get("urls", []), where)
    patterns = tuple(_pattern(url, mappings, where) for url in urls if url != "*")
    # One "*" among the urls fits every url, whatever stands beside it.
    patterns = () if "*" in urls else patterns
    shown = {key: value for key, value in rule.items() if key != "comment"}
    written = json.dumps(shown, ensure_ascii=False) if form == "json" else _inline_table(shown)
    return Rule(source, target, method, patterns, beneath, written)


def _name(rule: Mapping[str, object], key: str, where: str) -> str:
    value = rule.get(key)
    if value is None or value == "*":
        return ""
    if not isinstance(value, str):
        message = f"{where}: {key!r} should be a name as text"
        raise ConfigError(message)
    return value


def _urls(value: object, where: str) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if isinstance(listed, list):
        items = cast("list[object]", listed)
        texts = tuple(item for item in items if isinstance(item, str))
        if len(texts) == len(items):
            return texts
    message = f"{where}: 'urls' should be a list of patterns as text"
    raise ConfigError(message)


def _pattern(url: str, mappings: Mapping[str, str], where: str) -> re.Pattern[str]:
    pattern = url
    for mark, instead in mappings.items():
        pattern = pattern.replace(mark, instead)
    pattern = PLACEHOLDER.sub(_SEGMENT, pattern)
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        message = f"{where}: the pattern {url!r} cannot be used: {error}"
        raise ConfigError(message) from None


def _inline_table(rule: Mapping[str, object]) -> str:
    """Return a rule as TOML in one line; a JSON string, list or boolean is one of TOML too."""
    pairs = (f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in rule.items())
    return f"{{ {', '.join(pairs)} }}"
