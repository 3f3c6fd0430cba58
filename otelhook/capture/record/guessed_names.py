"""Names of spans where no route is known: the path, with all in it that may be an id replaced.

``POST /v3/auth/tokens``, ``PUT /v2/images/{id}/file``. It is a guess, which the conventions allow
as ``url.template`` on a CLIENT span and never as ``http.route``. What a segment may be is few by
construction: a version, or a word that stands in that place in few paths only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from otelhook.native_threads import NativeLock

__all__ = ["PathNames", "route_in_environ", "route_in_scope"]

_HUMPS: Final = r"[a-z]{2,}(?:[A-Z][a-z]{2,}){1,4}"
_PART: Final = rf"(?:[a-z]+|{_HUMPS})"
_WORD: Final = re.compile(
    rf"_?{_PART}(?:[._-]{_PART}){{0,4}}(?::{_PART})?|[A-Z][a-z]{{2,}}\.[a-z]{{2,4}}"
    r"|v\d{1,2}(?:\.\d{1,2}|(?:alpha|beta)\d{0,2})?|\d\.\d",
    re.ASCII,
)
"""``images``, ``_search``, ``chat.postMessage``, ``documents:runQuery``, ``Messages.json``, and
``v1beta1``; a name that begins with a capital may be a person's."""
_VERB: Final = re.compile(rf".+:(?P<verb>{_PART})", re.ASCII)
"""What is done to the thing before it, as Google's interfaces have it (AIP-136)."""
_VERSION: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
"""The date of an interface, before all else: ``/2015-03-31/functions``."""
_LONGEST_WORD: Final = 40
_MOST_SEGMENTS: Final = 10
_ID: Final = "{id}"
_REST: Final = "{rest}"


class PathNames:
    """The templates of one service's paths.

    Args:
        words: how many words one place of a path may have; the next are ids.
        templates: how many templates there are at most; a path of a further one has none.
    """

    __slots__ = ("_cached", "_lock", "_most_templates", "_most_words", "_templates", "_words")

    def __init__(self, words: int = 40, templates: int = 500) -> None:
        self._most_words = words
        self._most_templates = templates
        self._words: dict[str, set[str]] = {}
        self._templates: set[str] = set()
        self._lock = NativeLock()
        self._cached = lru_cache(maxsize=512)(self._template)

    def of(self, path: str) -> str:
        """Return the template of a path without its query; empty if there would be too many."""
        return self._cached(path)

    def _template(self, path: str) -> str:
        segments = path.split("/")
        if segments[0] or len(segments) < 2:  # noqa: PLR2004 - a path begins with a slash
            return ""
        with self._lock:
            made = ""
            for number, segment in enumerate(segments[1:]):
                if number == _MOST_SEGMENTS:
                    made += f"/{_REST}"
                    break
                made += "/" + self._shown(made, segment)
            if made not in self._templates:
                if len(self._templates) >= self._most_templates:
                    return ""
                self._templates.add(made)
            return made

    def _shown(self, before: str, segment: str) -> str:
        """Return a segment as it is shown, if it is a word that this place has or may have."""
        if not segment:
            return ""
        if len(segment) <= _LONGEST_WORD and (
            _WORD.fullmatch(segment) or (not before and _VERSION.fullmatch(segment))
        ):
            return self._known(before, segment) or _ID
        verb = _VERB.fullmatch(segment)
        return _ID if verb is None else self._known(before, f"{_ID}:{verb['verb']}") or _ID

    def _known(self, before: str, word: str) -> str:
        """Return a word if a place has it, or may have one more."""
        words = self._words.setdefault(before, set())
        if word not in words:
            if len(words) >= self._most_words:
                return ""
            words.add(word)
        return word


def route_in_environ(environ: Mapping[str, object]) -> str:
    """Return the route that the framework matched, where it leaves it in a WSGI environ: Flask and
    all of werkzeug's requests with a rule, Bottle, Pyramid; empty if there is none.
    """
    for key, names in _IN_ENVIRON:
        found: object = environ.get(key)
        if found is None:
            continue
        for name in names:
            found = getattr(found, name, None)
        if isinstance(found, str) and found:
            return f"{environ.get('SCRIPT_NAME') or ''}{found}" if found[0] == "/" else f"/{found}"
    return ""


_IN_ENVIRON: Final = (
    ("werkzeug.request", ("url_rule", "rule")),
    ("bottle.route", ("rule",)),
    ("bfg.routes.route", ("pattern",)),
)


def route_in_scope(scope: Mapping[str, object]) -> str:
    """Return the route that the framework matched, where it leaves it in an ASGI scope: Starlette,
    FastAPI, Litestar; empty if there is none.
    """
    found: object = scope.get("path_template")
    if found is None:
        found = getattr(scope.get("route"), "path_format", None)
    if found is None:
        found = getattr(scope.get("route"), "path", None)
    if not isinstance(found, str) or not found:
        return ""
    root = scope.get("root_path")
    before = root if isinstance(root, str) else ""
    return f"{before}{found}" if found[0] == "/" else f"{before}/{found}"
