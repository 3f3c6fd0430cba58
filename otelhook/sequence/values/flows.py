"""Where values come from: the response that issued what a later request uses.

What is known of a value travels with it. Who receives a response learns the values in it; who
sends them on in a request passes the knowledge on, so that a service which forwards its caller's
token is followed back to the response that issued it. Values in responses are looked at only if
some request uses them, so that the work grows with the document and not with its square.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final, NamedTuple, TypeAlias

from otelhook.sequence.document import Document, Flow, Step, StepKind
from otelhook.sequence.values.address_book import AddressBook
from otelhook.sequence.values.step_values import Value, ValueReader

__all__ = ["find_flows"]


def find_flows(document: Document, reader: ValueReader | None = None) -> Document:
    """Return the document with its flows found anew.

    A use is linked to the last response that its sender received with the value, unless that
    only repeated what its own request had said. An address is linked to a request that went to it
    or below it, if the request was made on the same occasion: services are configured with
    addresses too. A token that nobody issued was issued before the trace.

    Args:
        document: whole, in order.
        reader: one that other passes share.
    """
    tracer = _Tracer(document, reader or ValueReader.of(document.steps))
    return replace(document, flows=tuple(dict.fromkeys(tracer.flows())))


class _Origin(NamedTuple):
    """The response that issued a value, and the places where it stands there; step 0: none did."""

    step: int
    places: tuple[str, ...] = ()
    was_answer: bool = False
    """Whether the holder got it in a response, and not in a request that it serves."""


_BEFORE: Final = _Origin(0)


_Request: TypeAlias = tuple[Step, tuple[Value, ...]]
"""A request, and the values in it."""


class _Tracer:
    def __init__(self, document: Document, reader: ValueReader) -> None:
        self._steps = document.steps
        self._variables = {variable.value: variable.name for variable in document.variables}
        self._reader = reader
        self._wanted = reader.sent or frozenset()
        self._names: dict[str, str] = {}
        self._held: dict[tuple[str, str], _Origin] = {}
        """By participant and value."""
        self._issued: dict[str, _Origin] = {}
        """The last response with a token, whoever received it."""
        self._asked: dict[int, _Request] = {}
        """Requests that are not answered yet, by exchange."""
        self._addresses = AddressBook(document.steps)

    def flows(self) -> Iterator[Flow]:
        for step in self._steps:
            if step.kind is StepKind.REQUEST:
                asked = self._asked[step.exchange] = step, tuple(self._reader.values(step))
                yield from self._request(*asked)
            elif step.kind is StepKind.RESPONSE:
                yield from self._response(step, self._asked.pop(step.exchange, None))

    def _request(self, step: Step, used: Iterable[Value]) -> Iterator[Flow]:
        for place, text, is_token in used:
            name = self._name(text, is_token=is_token)
            origin = self._held.get((step.source, text))
            if origin is None and is_token:
                origin = self._issued.get(text, _BEFORE)
            if origin is None:
                continue
            if origin.step or is_token:
                yield from _linked(step, place, origin, name)
            self._pass_on(step.target, text, origin)
        led = self._addresses.leading_to(step)
        if led is not None:
            origin = _Origin(led.step, led.places)
            yield from _linked(step, "path", origin, "")
            if led.forwarded:
                yield from _linked(step, "header.x-forwarded-host", origin, "")

    def _pass_on(self, receiver: str, text: str, origin: _Origin) -> None:
        known = self._held.get((receiver, text))
        # What a service was answered itself is nearer than what its callers say.
        if known is None or not known.was_answer:
            self._held[receiver, text] = origin._replace(was_answer=False)

    def _response(self, step: Step, asked: _Request | None) -> Iterator[Flow]:
        request, used = asked or (None, ())
        said = {text for _, text, _ in used}
        issued: dict[str, list[str]] = {}
        for place, text, is_token in self._reader.values(step):
            if is_token:
                yield from self._repeated(step, place, text, repeats=text in said)
            if text not in said and (is_token or text in self._wanted):
                issued.setdefault(text, []).append(place)
        for text, places in issued.items():
            origin = _Origin(step.number, tuple(_best(places)), was_answer=True)
            self._held[step.target, text] = origin
            if text in self._names:
                self._issued[text] = origin
        if request is not None:
            self._addresses.learn(step, request, self._reader.texts(step))

    def _repeated(self, step: Step, place: str, text: str, *, repeats: bool) -> Iterator[Flow]:
        """Link a token in a response to where the sender has it from, if it did not issue it."""
        name = self._name(text, is_token=True)
        origin = self._held.get((step.source, text))
        if origin is not None and (repeats or origin.was_answer):
            yield from _linked(step, place, origin, name)

    def _name(self, text: str, *, is_token: bool) -> str:
        """Return what to call a value; tokens are numbered as they appear."""
        if text in self._names:
            return self._names[text]
        if not is_token:
            return self._variables.get(text, "")
        return self._names.setdefault(text, f"token {len(self._names) + 1}")


def _linked(step: Step, place: str, origin: _Origin, name: str) -> Iterator[Flow]:
    for source in origin.places or ("",):
        yield Flow(step.number, place, origin.step, source, name)


def _best(places: Iterable[str]) -> Iterator[str]:
    """Yield at most one header and one leaf: of leaves an id, else the outermost, else the first.

    A list may say in each of its items to whom it belongs.
    """
    listed = list(places)
    headers = [place for place in listed if place.startswith("header.")]
    leaves = [place for place in listed if place.startswith("body.")]
    yield from headers[:1]
    if leaves:
        yield min(leaves, key=lambda place: (not place.endswith(".id"), place.count(".")))
