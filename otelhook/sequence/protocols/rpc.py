"""Remote procedure calls: gRPC, Connect, AWS's API, JSON-RPC, Dubbo and others.

Semantic conventions, "RPC spans", old (``rpc.grpc.status_code``) and new (``rpc.response.
status_code``, ``rpc.method`` with the whole name); OpenTracing's and OpenCensus' gRPC, which only
name their spans.
"""

from __future__ import annotations

from typing import Final

from otelhook.lazy_patterns import lazy
from otelhook.model import Attributes, Span
from otelhook.sequence.protocols.described import Described, outcome_of
from otelhook.sequence.protocols.http import PHRASES, HttpFacts
from otelhook.sequence.spans.coercion import first_integer, first_text
from otelhook.sequence.spans.failures import Failure

__all__ = ["GRPC_CODES", "describe_rpc", "is_grpc"]

GRPC_CODES: Final = (
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
"""By number (grpc/grpc, ``doc/statuscodes.md``)."""

_BY_NAME: Final = {name.replace("_", ""): number for number, name in enumerate(GRPC_CODES)}
_DEADLINE, _UNAVAILABLE = 4, 14

_CODES: Final = (
    "rpc.response.status_code",
    "rpc.grpc.status_code",
    "grpc.status_code",
    "grpc.code",
    "rpc.grpc.status.code",
    "status.code",
    "rpc.connect_rpc.error_code",
    "rpc.error_code",
)
_JSON_RPC_CODE: Final = "rpc.jsonrpc.error_code"
_SERVICE: Final = ("rpc.service", "aws.service", "grpc.service", "aws.service.api")
_METHOD: Final = ("rpc.method", "aws.operation", "grpc.method", "rpc.method_original")
_NAME: Final = lazy(r"(?:/|grpc\.|Sent\.|Recv\.)?([\w$.-]+)/([\w$-]+)")
"""A span's name: ``pkg.Service/Method``, as OpenCensus and OpenTracing wrote it too."""

_GRPC_NAME: Final = lazy(r"(?:/|grpc\.|Sent\.|Recv\.)?(?:[\w$-]+\.)+[\w$-]+/[A-Z][\w$-]*")
_AMAZON: Final = frozenset({"aws-api", "aws_api"})


def is_grpc(span: Span) -> bool:
    """Return whether a span without any ``rpc`` attribute is of gRPC: by its component or name."""
    component = first_text(span.attributes, ("component",)).lower()
    return component == "grpc" or bool(_GRPC_NAME.fullmatch(span.name.strip()))


def describe_rpc(span: Span, http: HttpFacts, failure: Failure) -> Described:
    """Describe a call by its service and method, and by the code that it was answered with."""
    attributes = span.attributes
    service, method = _operation(span)
    short = service.rpartition(".")[2]
    label = "/".join(part for part in (short, method) if part) or span.name.strip()
    code, words = _code(attributes)
    status = http.status
    code_failed = None if code is None else bool(code)
    if code is None and words:
        code_failed = True
    elif code is None and status is not None:
        code_failed = status >= 400  # noqa: PLR2004 - RFC 9110, 15.5
        words = f"{status} {PHRASES.get(status, '')}".strip()
    unanswered = code in (_DEADLINE, _UNAVAILABLE) and failure.unanswered
    outcome = outcome_of(
        failed=failure.failed,
        unanswered=failure.unanswered,
        code_failed=None if unanswered else code_failed,
    )
    amazon = first_text(attributes, ("rpc.system.name", "rpc.system")) in _AMAZON
    return Described(
        label=label,
        operation="/".join(part for part in (service, method) if part),
        outcome=outcome,
        answer=words,
        callee=short if amazon else "",
        message=_said(failure.text, words),
    )


_ENVELOPE: Final = lazy(
    r"(?:[\w.$]*(?:Exception|Error): )?"
    r"(?:(?:\d{1,2} )?(?P<name>[A-Z_]+): |rpc error: code = (?P<go>\w+) desc = )"
)
"""What clients put before the callee's words: grpc-js ``9 ABORTED: ``, Java ``ABORTED: ``, Go."""


def _said(text: str, answer: str) -> str:
    """Return what was said of a failure, without the code that it was answered with once more."""
    found = _ENVELOPE.match(text)
    if found is None or _plain(found["name"] or found["go"]) != _plain(answer.partition(" (")[0]):
        return text
    return text[found.end() :].strip() or text


def _operation(span: Span) -> tuple[str, str]:
    service = first_text(span.attributes, _SERVICE)
    method = first_text(span.attributes, _METHOD)
    if "/" in method:  # the conventions of 2026 write the whole name here
        whole, _, method = method.strip("/").rpartition("/")
        return whole or service, method
    named = _NAME.fullmatch(span.name.strip())
    if named:
        service = service or named[1]
        method = method or named[2]
    return service, method


def _code(attributes: Attributes) -> tuple[int | None, str]:
    """Return gRPC's code if there is one, and how it is written: ``UNAVAILABLE (14)``."""
    text = first_text(attributes, _CODES)
    if text:
        number = int(text) if text.isdecimal() and len(text) < 4 else _BY_NAME.get(_plain(text))  # noqa: PLR2004
        if number is None or number >= len(GRPC_CODES):
            return (0, text) if text.upper() == "SUCCESS" else (None, text)
        return number, f"{GRPC_CODES[number]} ({number})" if number else "OK"
    code = first_integer(attributes, (_JSON_RPC_CODE,))
    return (None, f"error {code}") if code is not None else (None, "")


def _plain(text: str) -> str:
    return text.upper().replace("_", "").replace(" ", "").removeprefix("STATUSCODE.")
