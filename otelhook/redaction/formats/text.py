"""Redaction of free text: log lines, messages, and whatever does not parse.

Found are the value after a secret name (``password=…``, ``"x_token": "…"``, ``Authorization:
Bearer …``, ``--password …``, percent-encoded too), what a sentence names (`prose`), and tokens
known by their own form (`forms`). All patterns run in time linear in the text, which may come from
an attacker.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from otelhook.lazy_patterns import lazy
from otelhook.redaction.formats.commands_in_text import hide_in_commands
from otelhook.redaction.formats.manifests import hide_in_manifests
from otelhook.redaction.formats.spared import is_spared
from otelhook.redaction.formats.tables import hide_in_tables
from otelhook.redaction.rules.forms import hide_forms
from otelhook.redaction.rules.mailed_links import hide_in_links
from otelhook.redaction.rules.names import Sensitivity, spell
from otelhook.redaction.rules.own_patterns import hide_own
from otelhook.redaction.rules.placed import hide_in_places
from otelhook.redaction.rules.policy import Redactor
from otelhook.redaction.rules.prefilter import (
    COMMANDED,
    FORMED,
    LINKED,
    LOGGED_IN,
    MARKED,
    NAMED,
    PLACED,
    SAID,
    Look,
    named_at,
    what_may_be,
)
from otelhook.redaction.rules.prose import hide_in_prose
from otelhook.redaction.rules.text_shapes import hide_in_shapes

__all__ = ["hide_in_text"]

_NAME = lazy(
    r"""
    (?<![\w.‹-]) (?P<dash>--?)? (?P<name>[^\W\d][\w.-]{1,63})  # a pseudonym is no name
    (?(dash) (?:[ \t]{0,4}[:=][ \t]{0,4} | [ ])
           | \\*["']?[ \t]{0,32}(?:=>|[:?+]=|={2,3}|[:=\uff1a])(?!//)[ \t]{0,4} )
    """,
    re.VERBOSE,
)
_BEFORE = lazy(r"[\w.‹-]+\Z")
_LONGEST_NAME = 68
"""Characters of a name and its dashes, and more than that."""
_WORTH_CHOOSING = 400
_APART = COMMANDED | NAMED | SAID | LINKED
"""What is told by a word before the secret, and so not in letters alone: ``password``."""
_WORD = lazy(
    r"""(?: [^\s&"'<>;,\\]+
          | \\(?!\\{0,8}["']|(?:r\\n|n)(?:\\|[\w-]{1,40}[ ]?[:=]|["']|\Z))
          | [;,](?!\s{0,4}\\{0,4}["']?[\w.-]{1,64}\\{0,4}["']?\s{0,4}[=:]) )*""",
    re.VERBOSE,
)
"""One value: to the next blank or quote, or to a comma or semicolon before another pair."""
_LINE = lazy(r"""(?:[^\r\n"'\\]|(?<==)"[^"\r\n]*")*""")
_SETTING = lazy(r"""(?:(?![ \t]+(?:[\#;&|]|--?\w|[\w.-]{1,64}[ \t]?[=:(])|;)[^\r\n"'\\&])*""")
"""A value in a file of settings, blanks in it too, to a comment or to a further pair."""
_PHRASE = lazy(r"[^\s\"'<>;,\\&=]+(?:[ ][a-z]{2,16}(?![\w=:(])){0,24}")
_PHRASES = ("phrase", "mnemonic")
_DOUBLE = lazy(r'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)
_SINGLE = lazy(r"[^'\\]*(?:\\.[^'\\]*)*", re.DOTALL)
_OPEN = lazy(
    r"""(?:[NbBrRuUfF]{1,2}(?=["']))?(?P<quote>\\*["']|`(?=-----BEGIN|[^\s`${]{3,256}`))"""
)
"""What opens a quoted value; a program's backticks hold a command where there are blanks."""
_SCHEME = lazy(r"[A-Za-z][\w-]{2,31} +(?=\S)")
_LINE_START = lazy(r"(?:\A|[\r\n])[ \t>*-]*\Z")
_WHOLE_LINE = ("authorization", "cookie", "auth")
_INDENT = 16
_RESOURCE = lazy(r"\b[au]rn:\S{0,200}\Z")
_RESOURCE_LENGTH = 220
_SENTENCE = lazy(r"[a-z]{1,15}[ ][A-Za-z'\"`(]")
_ENCODED = lazy(
    r"(?:(?<=[?&])|(?<=%3[Ff])|(?<=%26)|(?<=%22))(?P<name>[A-Za-z_][\w.-]{0,63})"
    r"(?P<mark>%3[Dd]|%22%3[Aa](?:%20|\+)?%22)(?P<value>(?:[^\s&;\"'<>\\%]|%(?!2[26]|26))+)"
)
"""``%3Ftoken%3D…`` and ``%22token%22%3A%22…``: a URL or JSON within a URL."""


def hide_in_text(redactor: Redactor, text: str, places: list[str], look: Look | None = None) -> str:
    """Hide what is secret in free text and append the names found to ``places``.

    Args:
        redactor: the rules.
        text: any.
        places: gets what was found.
        look: what the text may hold, if that is known.
    """
    if not redactor.enabled:
        return text
    if redactor.patterns:
        text, look = hide_own(redactor.patterns, text, places), None
    kinds, letters = what_may_be(text) if look is None else look
    if redactor.names.has_further and redactor.names.may_stand_in(text):
        kinds |= NAMED
    if kinds & PLACED:
        text = hide_in_places(redactor, text, places, letters)
    if text.isalpha():
        kinds &= ~_APART
    return _hidden(redactor, text, kinds, places) if kinds else text


def _hidden(redactor: Redactor, text: str, kinds: int, places: list[str]) -> str:
    """Hide these kinds of secrets, but those at places."""
    if kinds & COMMANDED:
        text = hide_in_commands(redactor, text, places)
    if kinds & NAMED:
        if "Secret" in text:
            text = hide_in_manifests(redactor, text, places)
        text = hide_in_tables(redactor, text, places)
        text = hide_in_shapes(redactor, text, places)
        text = _hide_pairs(redactor, text, places)
        if "%3" in text:
            text = _hide_encoded(redactor, text, places)
    if kinds & SAID:
        text = hide_in_prose(redactor, text, places)
    if kinds & LINKED:
        text = hide_in_links(redactor, text, places)
    if kinds & (FORMED | MARKED | LOGGED_IN):
        formed, placed = bool(kinds & FORMED), bool(kinds & MARKED)
        userinfo = bool(kinds & LOGGED_IN)
        text = hide_forms(redactor, text, places, formed=formed, placed=placed, userinfo=userinfo)
    return text


def _hide_pairs(redactor: Redactor, text: str, places: list[str]) -> str:
    out: list[str] = []
    done = 0
    ends = _Words(text)
    for match in _names(redactor, text):
        if match.start() < done:
            continue
        name = match["name"]
        sensitivity = _sensitivity(redactor, text, match, name)
        if sensitivity is Sensitivity.NONE and text[match.start() - 1 : match.start()] == "\\":
            name = name[1:]  # "\\npass: …": the end of a line, escaped
            sensitivity = _sensitivity(redactor, text, match, name)
        if sensitivity is Sensitivity.NONE:
            continue
        start, end = _value_span(ends, match, spell(name), sensitivity)
        value = text[start:end]
        if not redactor.hides(sensitivity, value, name, text):
            continue
        if is_spared(text, value, match):
            continue
        places.append(name)
        out += (text[done:start], redactor.stand_in(sensitivity, value))
        done = end
    out.append(text[done:])
    return "".join(out)


def _names(redactor: Redactor, text: str) -> Iterable[re.Match[str]]:
    """Return what may be a secret's name with the mark after it, in order.

    In a long text only names are looked at that hold a piece of a secret's: most bodies that come
    here are no text, and have a name at every turn.
    """
    own = redactor.names.has_further
    places = None if own or len(text) < _WORTH_CHOOSING else named_at(text)
    return _NAME.finditer(text) if places is None else _names_around(text, places)


def _names_around(text: str, places: Iterable[int]) -> Iterator[re.Match[str]]:
    begun = -1
    for place in places:
        run = _BEFORE.search(text, max(0, place - _LONGEST_NAME), place)
        start = place if run is None else run.start()
        if start != begun:
            begun = start
            match = _NAME.match(text, start)
            if match is not None:
                yield match


def _sensitivity(redactor: Redactor, text: str, match: re.Match[str], name: str) -> Sensitivity:
    """Return how secret the value after a name is, by what stands around them."""
    at, end = match.start("name"), match.end()
    before = text[at - 1 : at]
    if before in ("?", "&", ";") and (before != ";" or text.startswith("&amp;", at - 5)):
        return redactor.names.sensitivity_in_query(name)
    sensitivity = redactor.names.sensitivity(name)
    if sensitivity is Sensitivity.NONE:
        return sensitivity
    if before == ":" and _RESOURCE.search(text, max(0, at - _RESOURCE_LENGTH), at):
        return Sensitivity.NONE  # a part of a resource's name, arn:aws:…
    if sensitivity is not Sensitivity.HUMAN and text[end - 2 : end] == ": ":
        # a message about a token: Could not find token, no such token
        return Sensitivity.NONE if _SENTENCE.match(text, end) else sensitivity
    return sensitivity


def _hide_encoded(redactor: Redactor, text: str, places: list[str]) -> str:
    """Hide secrets in a query or JSON that is percent-encoded within the text."""

    def stand_in(match: re.Match[str]) -> str:
        sensitivity = redactor.names.sensitivity_in_query(match["name"])
        value = unquote(match["value"])
        if not redactor.hides(sensitivity, value):
            return match.group()
        places.append(match["name"])
        return f"{match['name']}{match['mark']}{redactor.stand_in(sensitivity, value)}"

    return _ENCODED.sub(stand_in, text)


class _Words:
    """Where the words of a text end, each looked for once: a long one has many names within."""

    __slots__ = ("_begun", "_end", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._begun = self._end = 0

    def end(self, start: int) -> int:
        """Return where the word ends that a place is in: what is before it does not matter."""
        if not self._begun <= start < self._end:
            run = _WORD.match(self.text, start)
            self._begun, self._end = start, run.end() if run else start
        return self._end


def _value_span(
    ends: _Words, match: re.Match[str], words: str, sensitivity: Sensitivity
) -> tuple[int, int]:
    """Return where the secret value after a name begins and ends."""
    text, start = ends.text, match.end()
    opened = _OPEN.match(text, start)
    if opened:
        start = opened.end()
        end = _closing(text, start, opened["quote"])
    else:
        settles = sensitivity is Sensitivity.HUMAN and _LINE_START.search(
            text, max(0, match.start() - _INDENT), match.start()
        )
        pattern = None
        if words.endswith(_WHOLE_LINE) or (settles and ":" in match.group()):
            pattern = _LINE
        elif settles and not match["dash"]:
            pattern = _SETTING
        elif words.endswith(_PHRASES):
            pattern = _PHRASE
        if pattern is None:
            end = ends.end(start)
        else:
            run = pattern.match(text, start)
            end = run.end() if run else start
        end = start + len(text[start:end].rstrip(" \t,;)]}"))
    if words.endswith(("authorization", "auth")):
        scheme = _SCHEME.match(text, start, end)
        start = scheme.end() if scheme else start
    return start, end


def _closing(text: str, start: int, quote: str) -> int:
    """Return where the quoted text ends: before the same quote, or at the end of the text."""
    if len(quote) > 1 or quote == "`":
        end = text.find(quote, start)
        return len(text) if end < 0 else end
    body = (_DOUBLE if quote == '"' else _SINGLE).match(text, start)
    return body.end() if body else len(text)
