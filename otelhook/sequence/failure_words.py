"""What was said of a failure, without the name that stands before it already.

An error's name is in front of its text wherever one prints both: interpreters, SDKs, libraries and
otelhook's own headings each put it there.
"""

from __future__ import annotations

from typing import Final

from otelhook.lazy_patterns import lazy

__all__ = ["without_name"]

_LOOKED_AT: Final = 400
"""Characters of a text that may be names."""
_MOST: Final = 4
"""Names before a text; what has more is no text."""

_WORD: Final = lazy(r"\w+")
_PREFIX: Final = lazy(
    r"(?:(?:Uncaught|Unhandled(?: exception\.)?) )?"
    r"(?P<name>[^:]{1,200}?(?:::[^:]{1,200}?){0,8}): +"
)
"""A name and a colon: ``13 INTERNAL: ``, ``java.lang.IllegalStateException: ``, ``A::B: ``."""

_CALLED: Final = lazy(r"(?P<name>[\w.]{1,200})\((?P<quote>['\"])(?P<rest>.*)(?P=quote),?\)")
"""As Python shows an exception: ``KeyError('cart')``."""
_GRPC: Final = lazy(
    r"rpc error: code = (?P<go>\w+) desc = (?P<said>.*)"
    r"|Status\(StatusCode=\"(?P<net>\w+)\", Detail=\"(?P<detail>.*?)\"(?:, .*)?\)"
)
"""As Go and .NET write a status of gRPC."""

_AROUND: Final = lazy(r"\s*(?:\([^()]*\)|\[[^\[\]]*\])$")
"""Behind a name, its number: ``(0x80004005)``, ``[ERR_INVALID_URL]``."""
_PARTS: Final = lazy(r"[./\\$]|::")
_LINK: Final = lazy(r"[\s_]+")


def without_name(text: str, head: str) -> str:
    """Return a text without what its head says before it; empty if the text is the name alone.

    Args:
        text: on one line, what was said of a failure.
        head: what stands before it: ``PSQLException``, ``INTERNAL (13)``, ``timeout``.
    """
    if not head:
        return text
    left = text
    for _ in range(_MOST):
        bare = _bare(left, head)
        if bare == left:
            break
        left = bare
    return "" if _says(left, head) else left


def _bare(text: str, head: str) -> str:
    start = _PREFIX.match(text[:_LOOKED_AT])
    if start is not None and start.end() < len(text) and _says(start["name"], head):
        return text[start.end() :]
    shown = _CALLED.fullmatch(text)
    if shown is not None and _says(shown["name"], head):
        return shown["rest"]
    status = _GRPC.fullmatch(text)
    if status is not None and _squeezed(status["go"] or status["net"]) in _squeezed(head):
        return status["said"] or status["detail"] or ""
    return text


def _says(name: str, head: str) -> bool:
    """Return whether a name is the head's: in its words, or in full (``org.x.PSQLException``)."""
    words = set(_WORD.findall(name))
    if words and words <= set(_WORD.findall(head)):
        return True
    return _last(name) == _last(head) != ""


def _last(name: str) -> str:
    """Return the last part of a type's name, without the module it is from."""
    bare = _AROUND.sub("", name.strip())
    return "" if " " in bare else _PARTS.split(bare.lstrip("*"))[-1].casefold()


def _squeezed(name: str) -> str:
    return _LINK.sub("", name).casefold()
