"""Addresses that a response holds, and the requests that went to them or below them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from otelhook.lazy_patterns import lazy
from otelhook.sequence.call_tree import nesting
from otelhook.sequence.document import Step, StepKind

__all__ = ["AddressBook", "Lead"]

_ADDRESS: Final = lazy(
    r"(?:[Hh][Tt][Tt][Pp][Ss]?://(?P<host>[^/\s?#]+))?"
    r"(?P<path>/[^\s?#]*)?(?:\?(?P<query>[^\s#]*))?(?:#\S*)?"
)
_LONGEST: Final = 4096
_SEGMENTS: Final = 32
"""A request is compared with addresses of up to this many segments."""

_RELATIVE_SEGMENTS: Final = 2
"""An address without a host needs as many: ``/v2`` and ``/default`` are words."""

_STRIPPED: Final = 4
_STEM: Final = 4
"""Of a forwarded path the first three segments are looked at, and beginnings of as many letters."""

_ENDPOINT: Final = lazy(r"body\.(?:.+\.)?endpoints\.\d+\.\w*url", re.IGNORECASE)
"""Where a catalog of services says a service's address, which may be a host alone."""

_FORWARDED: Final = "x-forwarded-host"
_LEADING: Final = frozenset({"header.location", "header.content-location"})


class _Address(NamedTuple):
    """Where something is: a path without a slash at its end, empty for a service's root."""

    authority: str
    """Host and port, lower case, without a scheme's own port; empty if not said."""
    path: str
    query: str = ""


class Lead(NamedTuple):
    """The response whose address a request went to."""

    step: int
    places: tuple[str, ...]
    """Where the response has it."""
    forwarded: bool
    """Whether the address is that of a reverse proxy, which asked in its caller's place."""


@dataclass(slots=True)
class _Learnt:
    """One address in the last response that had it."""

    step: int
    length: int
    header: str = ""
    leaf: str = ""


class AddressBook:
    """Addresses that responses held, by the occasion on which they were received.

    An occasion is one participant's work on one request that it serves; for an outermost caller
    it is all that it does.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        requests = [step for step in steps if step.kind is StepKind.REQUEST]
        self._parents = nesting(steps)
        alike: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._names = {
            step.number: alike.setdefault(names, names)
            for step in requests
            for names in (tuple(dict.fromkeys(_names(step))),)
        }
        self._queries = {"", *(step.query for step in requests)}
        self._targets = _only_names(self._names.values())
        self._called: dict[str, set[str]] = {}
        """By name the paths that requests went to, and all above them."""
        for step in requests:
            paths = (*_prefixes(step.path), *_stripped(step), "")
            for name in self._names[step.number]:
                self._called.setdefault(name, set()).update(paths)
        self._learnt: dict[tuple[str, int, str, str, str], _Learnt] = {}

    def learn(self, response: Step, request: Step, texts: Iterable[tuple[str, str]]) -> None:
        """Keep the addresses of a response that some request went to."""
        for place, text in texts:
            address = _address_of(text, place)
            if address is None or address.query not in self._queries:
                continue  # nobody asks for it
            if _is_itself(address, request):
                continue
            for name in self._names_of(address, request):
                if address.path in self._called.get(name, ()):
                    self._keep(response, name, address, place)

    def _names_of(self, address: _Address, request: Step) -> tuple[str, ...]:
        if not address.authority:
            return self._names[request.number]
        only = self._targets.get(address.authority)
        return (address.authority,) if only is None else (address.authority, only)

    def _keep(self, response: Step, name: str, address: _Address, place: str) -> None:
        occasion = (response.target, self._parents.get(response.exchange, 0))
        key = (*occasion, name, address.path, address.query)
        known = self._learnt.get(key)
        if known is None or known.step != response.number:
            length = len(address.path) + len(address.query)
            known = self._learnt[key] = _Learnt(response.number, length)
        if place.startswith("header."):
            known.header = known.header or place
        else:
            known.leaf = known.leaf or place

    def leading_to(self, request: Step) -> Lead | None:
        """Return the last response that had an address of this request.

        The longest address wins; beside it ``Location`` counts always (RFC 9110, 10.2.2).
        """
        found = list(self._found(request))
        if not found:
            return None
        last = max(known.step for _, known in found)
        longest = max(known.length for _, known in found if known.step == last)
        places: dict[str, None] = {}
        names: set[str] = set()
        for name, known in found:
            if known.step == last and known.length == longest:
                places |= dict.fromkeys(place for place in (known.header, known.leaf) if place)
                names.add(name)
            elif known.step == last and known.header in _LEADING:
                places[known.header] = None
        asked, forwarded = (_authority(_header(request, name)) for name in ("host", _FORWARDED))
        return Lead(last, tuple(places), asked not in names and forwarded in names)

    def _found(self, request: Step) -> Iterator[tuple[str, _Learnt]]:
        occasion = (request.source, self._parents.get(request.exchange, 0))
        queries = ("", request.query) if request.query else ("",)
        for name in self._names[request.number]:
            for prefix in (*_prefixes(request.path), *_stripped(request), ""):
                for query in queries:
                    known = self._learnt.get((*occasion, name, prefix, query))
                    if known is not None:
                        yield name, known


def _header(request: Step, name: str) -> str:
    return next((h.value.strip() for h in request.headers if h.name == name), "")


def _only_names(listed: Iterable[tuple[str, ...]]) -> dict[str, str]:
    """Return by host the participant that answers there, where it is only one."""
    seen: dict[str, set[str]] = {}
    for by_name, *hosts in listed:
        for host in hosts:
            seen.setdefault(host, set()).add(by_name)
    return {host: next(iter(names)) for host, names in seen.items() if len(names) == 1}


def _is_itself(address: _Address, request: Step) -> bool:
    """Return whether an address leads back to where it was told, and so nowhere."""
    return address.path == request.path.rstrip("/") and address.query in ("", request.query)


def _address_of(text: str, place: str) -> _Address | None:
    """Read ``http://host/path`` or ``/path``; a host alone is an address in a catalog only."""
    if text[:1] not in "/hH" or len(text) > _LONGEST:
        return None
    match = _ADDRESS.fullmatch(text)
    if match is None:
        return None
    path = (match["path"] or "").rstrip("/")
    authority = _authority(match["host"] or "")
    if not path and not (authority and _ENDPOINT.fullmatch(place)):
        return None
    if not authority and path.count("/") < _RELATIVE_SEGMENTS:
        return None
    return _Address(authority, path, match["query"] or "")


def _authority(host: str) -> str:
    host = host.rpartition("@")[2].lower()
    return host.removesuffix(":80").removesuffix(":443")


def _prefixes(path: str) -> Sequence[str]:
    """Return a path and all above it, longest first, without slashes at their ends."""
    segments = path.rstrip("/").split("/")[: _SEGMENTS + 1]
    return ["/".join(segments[:count]) for count in range(len(segments), 1, -1)]


def _stripped(request: Step) -> Sequence[str]:
    """Return the first segments that a reverse proxy may have taken off a request's path.

    A proxy that serves several services under one host tells them apart by a first segment, which
    it leaves out when it forwards. Where it does not say so (``X-Forwarded-Prefix``), the segment
    is the one that names what is asked for: ``/image`` of ``/image/v2/images``.
    """
    headers = {header.name: header.value for header in request.headers}
    if _FORWARDED not in headers:
        return ()
    told = headers.get("x-forwarded-prefix", "").rstrip("/")
    if told:
        return [f"{told}{prefix}" for prefix in (*_prefixes(request.path), "")]
    return [
        f"/{segment[:length].lower()}"
        for segment in request.path.split("/")[1:_STRIPPED]
        for length in range(_STEM, min(len(segment), _SEGMENTS) + 1)
    ]


def _names(request: Step) -> Iterator[str]:
    """Yield the names under which a request's callee was addressed.

    Where no ``Host`` was recorded there is the participant's name, which is the address if nothing
    better is known.
    """
    yield f"{request.target} "  # no host ends in a blank
    yield _authority(request.target)
    for header in request.headers:
        if header.name in ("host", _FORWARDED):
            yield _authority(header.value.strip())
