"""``python -m deploy.many``: the chain of many machines on this one, and what comes out of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from deploy.harness import peers
from deploy.harness.command_line import carry_out, passed, say
from deploy.harness.errors import HarnessError
from deploy.harness.processes import running
from deploy.harness.verdict import Verdict
from deploy.many import needs, parts, places
from deploy.many.breaking import nothing_lost
from deploy.many.cost import cost
from deploy.many.differences import differences
from deploy.many.documents import same_documents
from deploy.many.places import NAME, Chain
from deploy.many.running import down as stop_all
from deploy.many.running import start_all


def up() -> Chain:
    """Install, configure and start whatever is not there yet.

    Raises:
        HarnessError: something is missing, or does not come up.
    """
    if lacking := needs.missing():
        raise HarnessError("\n".join(lacking))
    chain = places.known()
    names = [name for stage in parts.STAGES for name in stage]
    if chain is not None and all(running(name, chain.folders.run) for name in names):
        return chain
    down()
    peers.build(needs.PEERS)
    parts.fetch()
    say("installed")
    chain = places.new()
    parts.configure(chain)
    start_all(chain)
    say("started: " + ", ".join(names))
    return chain


def check(chain: Chain) -> int:
    """Print what differs from the files, what was found and what it takes; return the exit code."""
    for line in differences():
        print(line)
    checks: tuple[Callable[[Chain], Verdict], ...] = (same_documents, nothing_lost)
    wrong = 0
    for one in checks:
        verdict = one(chain)
        wrong += bool(verdict.faults)
        first, *faults = verdict.lines()
        say(first)
        print("".join(f"{fault}\n" for fault in faults), end="")
    for line in cost(chain):
        print(line)
    return 1 if wrong else 0


def short() -> int:
    """Hold the documents alone: the chain's own files take traces and give them back."""
    return _alone(lambda chain: _said(same_documents(chain)))


def everything() -> int:
    """Do all of it."""
    return _alone(check)


def _alone(do: Callable[[Chain], int]) -> int:
    try:
        return do(up())
    finally:
        down()
        say(f"{passed() / 60:.1f} minutes in all")


def _said(verdict: Verdict) -> int:
    for line in verdict.lines():
        print(line)
    return 1 if verdict.faults else 0


def down() -> None:
    """Stop what runs."""
    if (chain := places.known()) is not None:
        stop_all(chain)


_DOES: dict[str, tuple[str, Callable[[], Any]]] = {
    "all": ("start, send, break, count, measure, stop", everything),
    "ci": ("the documents only", short),
    "up": ("start, and leave it running", up),
    "check": ("send, break, count and measure, with what is running", lambda: check(up())),
    "down": ("stop what is running", down),
}


def main() -> int:
    """Do what the command line says."""
    return carry_out("python -m deploy.many", __doc__, _DOES, NAME)


if __name__ == "__main__":
    sys.exit(main())
