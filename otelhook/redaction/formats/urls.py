"""Redaction of URLs and of name=value pairs: queries and forms."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, unquote_plus

from otelhook.lazy_patterns import lazy
from otelhook.redaction.formats.mixed import redact_text
from otelhook.redaction.rules.forms import hide_forms
from otelhook.redaction.rules.mailed_links import MEDIA, WHY, hide_in_links
from otelhook.redaction.rules.names import Names, Sensitivity
from otelhook.redaction.rules.other_meanings import is_choice
from otelhook.redaction.rules.own_patterns import hide_own
from otelhook.redaction.rules.pairs_beside import hide_beside
from otelhook.redaction.rules.policy import (
    ANY_MARKER,
    MARKER,
    Redacted,
    Redactor,
    looks_issued,
)
from otelhook.redaction.rules.prefilter import worth_a_look

__all__ = ["redact_path", "redact_query", "redact_url"]

_URL = lazy(
    r"""(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*:)? (?://(?:(?P<userinfo>[^/?\#]*)@)?(?P<host>[^/?\#@]*))?
    (?P<path>[^?\#]*) (?:\?(?P<query>[^\#]*))? (?:\#(?P<fragment>.*))?""",
    re.VERBOSE | re.DOTALL,
)
_TOKEN_SEGMENT = lazy(
    r"(?:/|-)tokens?/(?P<token>[^/;]+)|;(?P<name>[A-Za-z_][\w.-]{0,63})=(?P<value>[^/;]+)"
)
"""``/tokens/…`` and ``;jsessionid=…``."""
_GIVEN = lazy(
    r"(?:[A-Za-z]{1,40}\d{0,4}|[a-z\d]{1,4})(?:[-_.](?:[A-Za-z]{1,40}\d{0,4}|[a-z\d]{1,4}))*"
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
)
"""A name that people give, or the id of something that is kept."""
_MAILED = lazy(f"(?i:{WHY})|;")
_NAMELESS = lazy("[0-9a-f]{32}")
"""A token that stands where a field's name should, as Joomla has it: ``3f0c…=1``."""
_READABLE = ":/?@!$'()*,~;=&"

_LONG_NAME = 20
_MOST_KNOWN = 1024
_LONGEST_KNOWN = 256
_CODE = lazy("%[0-9A-Fa-f]{2}")


def redact_query(redactor: Redactor, query: str) -> Redacted[str]:
    """Hide secret values in ``a=1&b=2``, a URL's query or a form; the places are names."""
    if not redactor.enabled or "=" not in query:
        return Redacted(query, ())
    places: list[str] = []
    query = hide_beside(redactor, query, places)
    parts = [_pair(redactor, part, places, query) for part in query.split("&")]
    return Redacted("&".join(parts), tuple(dict.fromkeys(places)))


def _pair(redactor: Redactor, part: str, places: list[str], query: str) -> str:
    name, equals, raw = part.partition("=")
    if not raw:
        return part
    plain_name, value = _unquote(name), _unquote(raw)
    if len(name) >= _LONG_NAME:
        if raw == "1" and _NAMELESS.fullmatch(name):
            places.append("name")
            return f"{redactor.stand_in(Sensitivity.TOKEN, name)}={raw}"
        name = redact_text(redactor, name).value  # a token where a name should be
    sensitivity = redactor.names.sensitivity_in_query(plain_name)
    if redactor.hides(sensitivity, value, plain_name, query):
        places.append(plain_name)
        return f"{name}{equals}{redactor.stand_in(sensitivity, value)}"
    shown = redact_text(redactor, value).value
    if shown == value:
        return f"{name}{equals}{raw}"
    places.append(plain_name)
    return f"{name}{equals}{_quote(shown, raw)}"


def _quote(text: str, raw: str) -> str:
    """Percent-encode what was encoded before, but leave our markers as they read everywhere."""
    encoded = {unquote_plus(code) for code in _CODE.findall(raw)}
    safe = "".join(sign for sign in _READABLE if sign not in encoded)
    pieces = ANY_MARKER.split(text)
    quoted = quote(pieces[0], safe=safe)
    for marker, piece in zip(ANY_MARKER.findall(text), pieces[1:], strict=True):
        quoted += marker + quote(piece, safe=safe)
    return quoted.replace("%20", "+") if "+" in raw and "%20" not in raw else quoted


def _unquote(raw: str) -> str:
    return unquote_plus(raw) if "%" in raw or "+" in raw else raw


def redact_path(redactor: Redactor, path: str) -> Redacted[str]:
    """Hide tokens in a URL's path: known by their form, or the segment after ``tokens``."""
    if not redactor.enabled:
        return Redacted(path, ())
    if not (worth_a_look(redactor, path) or _MAILED.search(path) or path.endswith(MEDIA)):
        return Redacted(path, ())
    places: list[str] = []

    def stand_in(match: re.Match[str]) -> str:
        kind = match.lastgroup or ""
        value = match[kind]
        sensitivity = Sensitivity.MAYBE
        if kind == "value":
            sensitivity = redactor.names.sensitivity_in_query(match["name"])
        if not redactor.hides(sensitivity, value):
            return match.group()
        places.append("path")
        before = match.group()[: match.start(kind) - match.start()]
        if kind != "value":
            sensitivity = Sensitivity.TOKEN
        return before + redactor.stand_in(sensitivity, value)

    if redactor.patterns:
        path = hide_own(redactor.patterns, path, places)
    path = _TOKEN_SEGMENT.sub(stand_in, path)
    path = _after_names(redactor, path, places)
    path = hide_in_links(redactor, path, places)
    shown = hide_forms(redactor, path, places)
    return Redacted(shown, ("path",) if places else ())


def _after_names(redactor: Redactor, path: str, places: list[str]) -> str:
    """Hide each segment after a secret's name, if a machine made it: ``/totp/secret/…``.

    After the name of many (``/secrets/…``) the id of one stands.
    """
    segments = path.split("/")
    for at, name in enumerate(segments[:-1]):
        if name[-1:] in "sS" or not name.replace("-", "_").isidentifier():
            continue
        value, sensitivity = segments[at + 1], redactor.names.sensitivity(name)
        sure = sensitivity in (Sensitivity.HUMAN, Sensitivity.TOKEN) and looks_issued(value)
        if sure and not _GIVEN.fullmatch(value) and redactor.hides(sensitivity, value):
            segments[at + 1] = redactor.stand_in(sensitivity, value)
            places.append("path")
    return "/".join(segments)


def redact_url(redactor: Redactor, url: str) -> Redacted[str]:
    """Hide userinfo and secret parts of path, query and fragment of a URL, absolute or not.

    Places are ``userinfo``, ``path`` and ``query.NAME``.
    """
    if not redactor.enabled:
        return Redacted(url, ())
    clean = _clean_urls(redactor.names, redactor.patterns)
    if url in clean:
        return Redacted(url, ())
    shown = _without_secrets(redactor, url)
    if not shown.places and shown.value == url and len(url) <= _LONGEST_KNOWN:
        if len(clean) >= _MOST_KNOWN:
            clean.clear()
        clean.add(url)
    return shown


@lru_cache(maxsize=32)
def _clean_urls(_names: Names, _patterns: tuple[re.Pattern[str], ...]) -> set[str]:
    """Return the URLs in which these rules found nothing: a program calls few, again and again."""
    return set()


def _without_secrets(redactor: Redactor, url: str) -> Redacted[str]:
    match = _URL.fullmatch(url)
    if match is None:
        return Redacted(url, ())
    places: list[str] = []
    out = [match["scheme"] or ""]
    if match["host"] is not None:
        out.append("//")
        if match["userinfo"] is not None:
            user = match["userinfo"]
            shown = user if ":" not in user and is_choice(user) else MARKER
            places += ["userinfo"] if match["userinfo"] != shown else []
            out.append(f"{shown}@")
        out.append(match["host"])
    path = _path_at(redactor, match["host"] or "", match["path"])
    places += path.places
    out.append(path.value)
    for mark, part in (("?", match["query"]), ("#", match["fragment"])):
        if part is not None:
            pairs = redact_query(redactor, part)
            places += [f"query.{name}" for name in pairs.places]
            out += (mark, pairs.value)
    return Redacted("".join(out), tuple(dict.fromkeys(places)))


def _path_at(redactor: Redactor, host: str, path: str) -> Redacted[str]:
    """Hide what is secret in a path, by its host too: some give each customer a path of its own."""
    whole = redact_path(redactor, host + path)
    if whole.value.startswith(host):
        return Redacted(whole.value[len(host) :], whole.places)
    return redact_path(redactor, path)
