"""How a call ended, by what its spans say, and the words that a reader must find."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tests.evaluation.spans import Seen, text

__all__ = ["Outcome", "outcome_of"]

_GRPC = (
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
)
"""gRPC's status codes, in the order of their numbers."""
_HTTP_CODES = (
    "http.response.status_code",
    "http.status_code",
    "response_status_code",
    "client_status_code",
    "status",
)
_RPC_CODES = (
    "rpc.grpc.status_code",
    "rpc.response.status_code",
    "grpc.status_code",
    "grpc.code",
    "rpc.grpc.status.code",
    "rpc.connect_rpc.error_code",
)
_WORDS = (
    "error.message",
    "exception.message",
    "grpc.error_message",
    "error.msg",
    "error.object",
    "message",
    "error",
    "exception.type",
    "error.type",
    "event",
)


_CODE = re.compile(r"^(?:\d+ )?[A-Z_]{2,}: ")
"""What gRPC of Node and of Java writes before a message."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a document may say of a call's end.

    ``classes`` holds the acceptable ones of ``ok``, ``error`` (answered with one), ``failed``,
    ``sent`` and ``unknown``; of each group in ``words`` one must be found at the answer.
    """

    classes: frozenset[str]
    words: tuple[tuple[str, ...], ...] = ()
    evidence: str = ""
    answered: bool = False
    """Whether the callee recorded its side: then nobody may say that there was no answer."""


def outcome_of(callers: Iterable[Seen], callees: Iterable[Seen], protocol: str) -> Outcome:
    """Weigh both sides of one call; the callee's code comes before the caller's."""
    caller, callee = tuple(callers), tuple(callees)
    return replace(_outcome_of(caller, callee, protocol), answered=bool(callee))


def _outcome_of(caller: tuple[Seen, ...], callee: tuple[Seen, ...], protocol: str) -> Outcome:
    sides = (*callee, *caller)
    if protocol == "rpc" and (codes := _codes(sides, _RPC_CODES)):
        return _rpc(codes, sides)
    http = [code for code in _codes(sides, _HTTP_CODES) if code.isdigit()]
    valid = [code for code in http if 100 <= int(code) <= 599]
    if valid and protocol != "rpc":
        return _http(valid, sides)
    errors = [span for span in sides if span.status == "error" or span.get("error") == "true"]
    if (http and protocol != "rpc") or _flags(sides):
        flags = tuple(filter(None, (_flags(sides), *_said(sides))))
        return Outcome(frozenset({"failed", "error"}), (flags,) if flags else (), "code 0")
    if errors:
        words = _said(sides)
        return Outcome(frozenset({"failed", "error"}), (words,) if words else (), "status error")
    if callee or all(span.end >= span.start > 0 for span in caller):
        return Outcome(frozenset({"ok"}), (), "ended, unset")
    return Outcome(frozenset({"ok", "unknown", "failed"}), (), "not ended")


def _codes(sides: Iterable[Seen], names: tuple[str, ...]) -> list[str]:
    return [code for span in sides if (code := span.get(*names))]


def _flags(sides: Iterable[Seen]) -> str:
    """Return Envoy's flags of a request that got no answer."""
    if any(span.get("http.status_code") not in ("", "0") for span in sides):
        return ""
    found = [span.get("response_flags") for span in sides]
    return next((flags for flags in found if flags and flags != "-"), "")


def _rpc(codes: list[str], sides: tuple[Seen, ...]) -> Outcome:
    names = [_grpc(code) for code in codes]
    if all(name == "OK" for name in names):
        return Outcome(frozenset({"ok"}), (), "code OK")
    bad = [name for name in names if name != "OK"]
    forms = {form for name in bad for form in (name, name.replace("_", " "), _number(name))}
    words = _said(sides)
    groups = (tuple(sorted(forms - {""})), *((words,) if words else ()))
    return Outcome(frozenset({"error", "failed"}), groups, f"code {bad[0]}")


def _grpc(code: str) -> str:
    if code.isdigit():
        return _GRPC[int(code)] if int(code) < len(_GRPC) else code
    spaced = "".join(
        f"_{c}" if c.isupper() and i and code[i - 1].islower() else c for i, c in enumerate(code)
    )
    return spaced.upper()


def _number(name: str) -> str:
    return f"({_GRPC.index(name)})" if name in _GRPC else ""


def _http(codes: list[str], sides: tuple[Seen, ...]) -> Outcome:
    unique = tuple(dict.fromkeys(codes))
    errors = any(span.status == "error" for span in sides)
    if all(int(code) >= 400 for code in unique):
        return Outcome(frozenset({"error"}), (unique,), f"code {unique[0]}")
    if errors:
        group = (*unique, *_said(sides))
        return Outcome(frozenset({"ok", "error", "failed"}), (group,), "code and error")
    return Outcome(frozenset({"ok"}), (unique,), f"code {unique[0]}")


def _said(sides: Iterable[Seen]) -> tuple[str, ...]:
    """Return what was said of an error, as beginnings that a document would not cut off."""
    found: list[str] = []
    for span in sides:
        if span.status == "error" and span.message:
            found.append(span.message)
        found += [span.get(name) for name in ("grpc.error_message", "error.type", "error.message")]
        for name, fields in span.events:
            if name.lower() in ("exception", "error") or "error" in fields:
                found += [text(fields.get(word)) for word in _WORDS]
    bare = (_CODE.sub("", said).strip() for said in found)
    kept = (said.splitlines()[0].strip()[:40] for said in bare if said)
    return tuple(dict.fromkeys(said for said in kept if said not in ("true", "error", "none")))
