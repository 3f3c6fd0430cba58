"""The grammar of requestshook's log: entries, and which request a response answers.

An entry is a heading after an empty line (or at the beginning), header lines, an empty line and
the body::

    ### (A) REQ >>> (B) : METHOD URL
    ### (A) RESP <<< (B) : STATUS REASON METHOD URL

A is the caller and B the callee, who wrote both entries. A body is ``none`` if there was none,
JSON formatted anew, text as it was, or the first 32 bytes as Python writes them and an ellipsis.
A request's id is in its header ``X-Requestshook-Request-Id``, which the response repeats. Nothing
is escaped: a body that contains what looks like an entry cannot be told from one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

__all__ = ["Entry", "LoggedCall", "LoggedMessage", "content_of", "read_calls", "read_entries"]

_HEADING = re.compile(
    r"### \((?P<caller>.*?)\) (?:"
    r"REQ >>> \((?P<asked>.*?)\) : (?P<method>\S+) (?P<url>\S.*)"
    r"|RESP <<< \((?P<answering>.*?)\) : (?P<status>\d{3})(?: (?P<reason>.*?))? "
    r"(?P<answered>[A-Z][A-Z-]*) (?P<answered_url>(?:\S+://|/)\S.*|None))\s*"
)
_LOOKS_LIKE_ONE = re.compile(r"### \(.*?\) (?:REQ|RESP)\b")
_HEADER = re.compile(r"(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+):(?: (?P<value>.*))?")
_BYTES = re.compile(r"""b(?:'.{0,200}'|".{0,200}")(?=\.\.\.\Z)""")
_ID = "x-requestshook-request-id"
_LONGEST_HEADING = 100_000
"""Characters; no server takes a request line near that."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. ``status`` is None on a request."""

    caller: str
    callee: str
    method: str
    url: str
    status: int | None
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: str

    @property
    def request_id(self) -> str:
        """The id that the request and its response share; empty if there is none."""
        found = next((value for name, value in self.headers if name.lower() == _ID), "")
        return "" if found.lower() == "none" else found


@dataclass(slots=True)
class LoggedCall:
    """A request and its response, by their places 1..n among all entries."""

    request: Entry
    began: float
    parent: LoggedCall | None = None
    response: Entry | None = None
    ended: float = 0.0
    """After everything if there was no response."""
    without_request: bool = False


@dataclass(frozen=True, slots=True)
class LoggedMessage:
    """A body as it is to be recorded."""

    value: str | bytes
    truncated: bool = False


def read_entries(lines: Iterable[str], warnings: list[str]) -> Iterator[Entry]:
    """Yield the entries of a log.

    Args:
        lines: with their line ends.
        warnings: one sentence is appended for each thing that could not be read.
    """
    heading: re.Match[str] | None = None
    kept: list[str] = []
    begun = False
    raw = "\n"
    empty, in_headers = True, False
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip("\r\n")
        found = _heading(line) if empty else None
        if found is not None:
            if heading is not None:
                yield _entry(heading, kept)
            heading, kept, empty, begun = found, [], False, True
            in_headers = True
            continue
        if empty and (_LOOKS_LIKE_ONE.match(line) or _is_cut_heading(raw)):
            warnings.append(f"Line {number} begins an entry and cannot be read: it was left out.")
            if heading is not None:
                yield _entry(heading, kept)
            heading, kept, empty, begun = None, [], False, True
            in_headers = False
            continue
        if not begun and line.strip():
            warnings.append(f"Line {number} comes before the first entry and was left out.")
            begun = True
        if heading is not None:
            kept.append(line)
        # What follows the headers is the body, whatever it looks like.
        empty = not line and not in_headers
        in_headers = in_headers and bool(line)
    if heading is not None:
        if not raw.endswith("\n"):
            warnings.append("The log ends in the middle of a line: its last entry is truncated.")
        yield _entry(heading, kept)


def read_calls(entries: Iterable[Entry], warnings: list[str]) -> list[LoggedCall]:
    """Pair requests with responses, and nest a service's calls in the request it is serving.

    A response answers the open request that has its id. Where either has no id it is the last
    open one between the same two, of the same method and path. A request that A makes while A
    itself has a request open is made for that one, the last if there are several.

    Returns:
        Calls by the place of their request.
    """
    calls: list[LoggedCall] = []
    waiting = _Waiting()
    count = 0
    for count, entry in enumerate(entries, 1):
        if entry.status is None:
            call = LoggedCall(entry, float(count), waiting.served_by(entry.caller))
            calls.append(call)
            waiting.add(call)
            continue
        answered = waiting.answered_by(entry)
        if answered is None:
            warnings.append(
                f"Entry {count} ({entry.status} {entry.method} by {entry.callee}) answers no "
                "request in the log."
            )
            unseen = replace(entry, status=None, reason="", headers=(), body="none")
            serving = waiting.served_by(entry.caller)
            # Just before its response, and so after whatever else came before.
            answered = LoggedCall(unseen, count - 0.5, serving, without_request=True)
            calls.append(answered)
        answered.response, answered.ended = entry, float(count)
    _end_unanswered(calls, count, warnings)
    return calls


class _Waiting:
    """Requests without a response so far, found by service, by id and by what they ask."""

    def __init__(self) -> None:
        self._at: dict[str, list[LoggedCall]] = {}
        self._by_key: dict[tuple[str, ...], list[LoggedCall]] = {}

    def add(self, call: LoggedCall) -> None:
        request = call.request
        self._at.setdefault(request.callee, []).append(call)
        for key in (_by_id(request), _by_question(request)):
            self._by_key.setdefault(key, []).append(call)

    def served_by(self, service: str) -> LoggedCall | None:
        """Return the last request that the service has not answered."""
        return _last_open(self._at.get(service, []))

    def answered_by(self, response: Entry) -> LoggedCall | None:
        """Return the request that a response answers."""
        if response.request_id:
            found = _last_open(self._by_key.get(_by_id(response), []))
            if found is not None:
                return found
        found = _last_open(self._by_key.get(_by_question(response), []))
        # Two different ids are two different calls, whatever else is the same.
        if found is not None and response.request_id and found.request.request_id:
            return None
        return found


def _by_id(entry: Entry) -> tuple[str, ...]:
    return (entry.caller, entry.callee, entry.request_id)


def _by_question(entry: Entry) -> tuple[str, ...]:
    return (entry.caller, entry.callee, entry.method, entry.url.partition("?")[0])


def _last_open(calls: list[LoggedCall]) -> LoggedCall | None:
    while calls and calls[-1].response is not None:
        calls.pop()
    return calls[-1] if calls else None


def content_of(body: str) -> LoggedMessage:
    """Return what a logged body stands for."""
    if body == "none":
        return LoggedMessage("")
    match = _BYTES.match(body)
    if match is not None:
        try:
            value: object = ast.literal_eval(match.group())
        except (ValueError, SyntaxError):
            return LoggedMessage(body)
        if isinstance(value, bytes):
            return LoggedMessage(value, truncated=True)
    return LoggedMessage(body)


def _entry(heading: re.Match[str], lines: list[str]) -> Entry:
    split = lines.index("") if "" in lines else len(lines)
    headers: list[tuple[str, str]] = []
    for line in lines[:split]:
        match = _HEADER.fullmatch(line)
        if match is not None:
            headers.append((match["name"], match["value"] or ""))
    request = heading["method"] is not None
    return Entry(
        caller=heading["caller"] or "unknown",
        callee=heading["asked" if request else "answering"] or "unknown",
        method=heading["method" if request else "answered"],
        url=heading["url" if request else "answered_url"].strip(),
        status=None if request else int(heading["status"]),
        reason="" if request else heading["reason"] or "",
        headers=tuple(headers),
        body="\n".join(lines[split + 1 :]).rstrip("\n"),
    )


def _is_cut_heading(raw: str) -> bool:
    return raw.startswith("### (") and not raw.endswith("\n")


def _heading(line: str) -> re.Match[str] | None:
    if not line.startswith("### (") or len(line) > _LONGEST_HEADING:
        return None
    return _HEADING.fullmatch(line)


def _end_unanswered(calls: list[LoggedCall], entries: int, warnings: list[str]) -> None:
    """End what got no answer: within the call that it was made for, else after everything."""
    for call in calls:  # in order, so that a parent's end is known
        if call.response is not None:
            continue
        warnings.append(
            f"Entry {int(call.began)} ({call.request.method} to {call.request.callee}) has no "
            "response in the log."
        )
        parent = call.parent
        call.ended = max(call.began, parent.ended - 0.25) if parent is not None else entries + 1.0
