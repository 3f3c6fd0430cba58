"""Compares a document with the list of an order's messages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from deploy.shop.listed import Message, Order

__all__ = ["drawn", "faults", "same_message"]

_ADDRESS = re.compile(r"\b127\.0\.0\.1(?::\d+)?|\blocalhost(?::\d+)?")
"""What differs from one run to the next, and from one machine to the next."""
_NOISE = frozenset({"topic", "queue"})
_MEANT = {
    "publish": frozenset({"publish", "send"}),
    "deliver": frozenset({"deliver", "delivery", "consume", "receive", "process"}),
}
"""Words for the two halves of a message's way through a broker."""


def drawn(document: Mapping[str, Any]) -> list[Message]:
    """Return the messages that a document's JSON form has, in its order."""
    return [message for step in document["steps"] for message in _drawn(step)]


def _drawn(step: Mapping[str, Any]) -> Iterator[Message]:
    source, target, outcome = step["source"], step["target"], step["outcome"]
    asked = step["kind"] == "request"
    if asked:
        words = (step["method"] if step["protocol"] == "http" else "", step["label"])
        yield Message(source, target, answer=False, text=_joined(" ", *words))
    if asked and outcome is None:
        return
    if asked:  # sent, and it is known that it did not arrive: what its sender was told
        source, target = target, source
    status = _joined(" ", step["status_code"], step["reason"])
    said = _joined(": ", step["answer"] or status or step["error"], step["message"])
    yield Message(source, target, answer=True, text=said, failed=outcome != "ok")


def _joined(between: str, *parts: object) -> str:
    return between.join(str(part) for part in parts if part)


def faults(order: Order, messages: Sequence[Message]) -> list[str]:
    """Return what is wrong with what was drawn, a line each; none if it equals the list.

    Each message of the list is there once and none else is; those of a thread are in its order,
    and a delivery comes after somebody published where it comes from.
    """
    if _woven(order.threads, messages):
        return []
    left = list(messages)
    missing: list[Message] = []
    for wanted in (one for thread in order.threads for one in thread):
        place = next((at for at, one in enumerate(left) if same_message(wanted, one)), None)
        if place is None:
            missing.append(wanted)
        else:
            del left[place]
    said = [f"missing: {one}" for one in missing] + [f"not in the list: {one}" for one in left]
    return said or ["all messages are there, in another order than listed"]


def _woven(threads: Sequence[Sequence[Message]], messages: Sequence[Message]) -> bool:
    """Return whether the messages are these threads, interleaved in some way."""
    reached = {tuple(0 for _ in threads)}
    for at, message in enumerate(messages):
        follow = partial(_next, threads, message, messages[:at])
        reached = {after for before in reached for after in follow(before)}
    return tuple(len(thread) for thread in threads) in reached


def _next(
    threads: Sequence[Sequence[Message]],
    message: Message,
    earlier: Sequence[Message],
    places: tuple[int, ...],
) -> Iterator[tuple[int, ...]]:
    """Yield where in the threads one may be after a message."""
    for number, (thread, place) in enumerate(zip(threads, places, strict=True)):
        if place == len(thread) or not same_message(thread[place], message):
            continue
        if number and not place and not any(_gives(one, message) for one in earlier):
            continue
        yield (*places[:number], place + 1, *places[number + 1 :])


def _gives(published: Message, delivered: Message) -> bool:
    return not published.answer and _name(published.target) == _name(delivered.source)


def same_message(wanted: Message, seen: Message) -> bool:
    """Return whether a drawn message is the listed one."""
    return (
        wanted.answer == seen.answer
        and _same_name(wanted.source, seen.source)
        and _same_name(wanted.target, seen.target)
        and (_same_outcome(wanted, seen) if wanted.answer else _same_operation(wanted, seen))
    )


def _same_name(wanted: str, seen: str) -> bool:
    return wanted.startswith("(") or _name(wanted) == _name(seen)


def _name(name: str) -> frozenset[str]:
    """Return the words of a lifeline's name, without addresses, which are others each time."""
    words = re.split(r"[\s/:,()]+", _ADDRESS.sub(" ", name).lower())
    return frozenset(words) - _NOISE - {""}


def _same_operation(wanted: Message, seen: Message) -> bool:
    """Return whether the operation is the listed one; more may follow it, such as a key."""
    text, listed = seen.text.lower().removeprefix("grpc ").strip(), wanted.text.lower()
    if listed in _MEANT:
        return bool(_MEANT[listed] & set(text.split()))
    return text == listed or text.startswith(f"{listed} ")


def _same_outcome(wanted: Message, seen: Message) -> bool:
    if wanted.text == "answered":
        return not seen.failed
    if wanted.text.isdecimal() or wanted.text == "OK":
        return seen.text.split(" ")[0] == wanted.text
    return seen.failed and wanted.text in seen.text
