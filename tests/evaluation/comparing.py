"""Hold what is drawn against what the spans show: shown, wrong, lost, and what is too much."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tests.evaluation.drawn import Drawing, Exchange
from tests.evaluation.interactions import Expected, Interaction

__all__ = ["Verdict", "compared", "extras", "labelled", "named", "said"]

_CODE = re.compile(r"^(?:\d{1,2} )?[a-z_]+: ")
_KIND = re.compile("(error|exception)$")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one interaction: ``shown``, ``wrong`` (with faults) or ``lost``."""

    interaction: Interaction
    verdict: str
    faults: tuple[str, ...] = ()
    exchange: Exchange | None = None


def compared(expected: Expected, drawing: Drawing) -> tuple[Verdict, ...]:
    """Return a verdict for each interaction, in order."""
    return tuple(_verdict(each, expected, drawing) for each in expected.interactions)


def _verdict(interaction: Interaction, expected: Expected, drawing: Drawing) -> Verdict:
    wanted = set(interaction.spans)
    found = [exchange for exchange in drawing.exchanges if wanted & exchange.spans]
    if not found:
        if not wanted <= drawing.accounted:
            return Verdict(interaction, "lost")
        if interaction.optional:
            return Verdict(interaction, "shown")
        return Verdict(interaction, "wrong", ("not drawn, only counted",))
    judged = [(tuple(_faults(interaction, exchange, expected)), exchange) for exchange in found]
    faults, exchange = min(judged, key=lambda pair: (len(pair[0]), -len(wanted & pair[1].spans)))
    return Verdict(interaction, "wrong" if faults else "shown", faults, exchange)


def extras(verdicts: Iterable[Verdict], drawing: Drawing) -> tuple[Exchange, ...]:
    """Return the exchanges that stand for no interaction: details drawn, a call drawn twice."""
    told = {verdict.exchange.number for verdict in verdicts if verdict.exchange is not None}
    return tuple(exchange for exchange in drawing.exchanges if exchange.number not in told)


def _faults(interaction: Interaction, exchange: Exchange, expected: Expected) -> Iterable[str]:
    yield from _of_end("caller", exchange.source, interaction.callers, expected)
    yield from _of_end("callee", exchange.target, interaction.callees, expected)
    if exchange.source == exchange.target and not interaction.callers & interaction.callees:
        yield f"an arrow from {exchange.source} to itself"
    for forms in interaction.operations:
        if not any(labelled(exchange.label, form) for form in forms):
            yield f"operation: {exchange.label.strip()!r} has none of {sorted(forms)}"
    if _invents(interaction, exchange):
        yield "operation: a path that no span has"
    if exchange.outcome not in interaction.outcome.classes:
        yield (
            f"outcome: {exchange.outcome} ({interaction.outcome.evidence} allows "
            f"{'/'.join(sorted(interaction.outcome.classes))})"
        )
    answered = interaction.outcome.answered or "failed" not in interaction.outcome.classes
    if answered and "no answer" in exchange.prose:
        yield "outcome: the page says that there was no answer"
    if interaction.what == "publish" and exchange.outcome == "sent":
        return  # a message has no answer, whatever carried it to the broker was answered
    for words in interaction.outcome.words:
        if not any(said(exchange.answer, word) for word in words):
            yield f"outcome: says none of {list(words)}"


def _of_end(end: str, name: str, acceptable: frozenset[str], expected: Expected) -> Iterable[str]:
    if acceptable:
        if not any(named(name, form) for form in acceptable):
            yield f"{end}: {name!r} is none of {sorted(acceptable)}"
    elif name in expected.services:
        yield f"{end}: {name!r}, and no span tells who it was"


def named(name: str, form: str) -> bool:
    """Tell whether a lifeline's name holds a form as a whole word."""
    edge = r"(?<![\w.-]){}(?![\w-])"
    return re.search(edge.format(re.escape(form.casefold())), name.casefold()) is not None


def labelled(label: str, form: str) -> bool:
    """Tell whether a label holds a form: a path as a whole, anything else as whole words."""
    if form.startswith("/"):
        return any(word.partition("?")[0] == form for word in label.split())
    edge = r"(?<!\w){}(?!\w)"
    return re.search(edge.format(re.escape(_plain(form))), _plain(label)) is not None


def said(text: str, form: str) -> bool:
    """Tell whether text holds a form; what redaction hid is taken on trust."""
    ours, wanted = _plain(text), _plain(form)
    bare = _CODE.sub("", wanted)  # the code stands before the words, so it need not in them
    if wanted in ours or (bare and bare in ours) or ("‹" in text and wanted[:12] in ours):
        return True
    kind = _KIND.sub("", wanted.rpartition(".")[2])  # an exception's, said in words or by name
    return " " not in wanted and len(kind) > 5 and kind in ours.replace(" ", "")


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _invents(interaction: Interaction, exchange: Exchange) -> bool:
    """``GET /`` for a path that nobody recorded."""
    if interaction.protocol != "http" or interaction.what != "call":
        return False
    known = any(form.startswith("/") for forms in interaction.operations for form in forms)
    return not known and exchange.label.split()[-1:] == ["/"]
