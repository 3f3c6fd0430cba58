"""Two runs compared, and the flow of many: beyond composing the documents, which stands beside."""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from otelhook.compare import compare
from otelhook.compare.flow.common import NamedRun, common_flow
from otelhook.compare.flow.fitting import first_misfit
from otelhook.compare.flow.mining import log_of, mine
from otelhook.compare.flow.writing import written
from otelhook.model import Span, SpanId
from otelhook.sequence import Document, compose
from tests.bench.documents import spans
from tests.compare.generated import flow as made_flow
from tests.compare.generated import log_that_shows_all, mutants, run_of

__all__ = ["run"]


def _diff(steps: int) -> None:
    made = list(spans(steps))
    # Another status in every 97th exchange, and one exchange in the middle gone.
    changed = [
        replace(span, attributes={**span.attributes, "http.response.status_code": 202})
        if index // 2 % 97 == 5
        else span
        for index, span in enumerate(made)
    ]
    del changed[-6:-4]
    began = time.process_time()
    documents = compose(made), compose(changed)
    composed = time.process_time()
    found = compare(*documents)
    done = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps([composed - began, done - composed, len(found.findings), peak]))


def _flow(traces: int) -> None:
    """Mine traces of 100 steps: every seventh lacks a call, every eleventh has one twice."""
    made = list(spans(100))
    began = time.process_time()
    documents: list[Document] = []
    for number in range(traces):
        own = made[:-2] if number % 7 == 0 else made
        own = [*own[:-2], *_again(own[-2:])] if number % 11 == 0 else own
        documents.append(compose(own))
    composed = time.process_time()
    flow = common_flow([NamedRun(str(n), document) for n, document in enumerate(documents)])
    text = written(flow)
    done = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps([composed - began, done - composed, len(text.splitlines()), peak]))


def _again(pair: list[Span]) -> list[Span]:
    """Return a call, and the same call after it."""
    client, server = pair
    later = 10**9
    again = [
        replace(
            span,
            span_id=SpanId(f"{0xA000 + index:016x}"),
            parent_span_id=SpanId(f"{0xA000:016x}") if index else span.parent_span_id,
            start_time=span.start_time + later,
            end_time=span.end_time + later,
        )
        for index, span in enumerate((client, server))
    ]
    return [client, server, *again]


def run() -> str:
    """Return the tables; each row is a process of its own."""
    lines = [
        "Two runs compared (CPU seconds, one process a row)",
        "    steps  compose 2     diff  findings  MB peak",
    ]
    for steps in (100, 1_000, 10_000):
        command = [sys.executable, "-m", "tests.bench.comparing", "diff", str(steps)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        composed, compared, findings, peak = json.loads(done.stdout)
        lines.append(f"  {steps:>7}{composed:>11.2f}{compared:>9.2f}{findings:>10}{peak:>9.0f}")
    lines += [
        "",
        "The flow of many traces of 100 steps (likewise)",
        "   traces    compose     flow     lines  MB peak",
    ]
    for traces in (100, 300, 1_000):
        command = [sys.executable, "-m", "tests.bench.comparing", "flow", str(traces)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        composed, mined, written_lines, peak = json.loads(done.stdout)
        lines.append(f"  {traces:>7}{composed:>11.2f}{mined:>9.2f}{written_lines:>10}{peak:>9.0f}")
    return "\n".join([*lines, "", _beside_pm4py()])


def _beside_pm4py(flows: int = 30) -> str:
    """Return what ours and pm4py's inductive miner accept, of the same logs.

    pm4py is under the AGPL and in no environment of ours: PM4PY_PYTHON names a Python that has it.
    """
    other = os.environ.get("PM4PY_PYTHON")
    if not other:
        return "pm4py's miner was not asked: PM4PY_PYTHON names no Python that has it"
    given: list[str] = []
    ours = [0, 0]
    sizes = [0, 0]
    for seed in range(50_000, 50_000 + flows):
        true, chance = made_flow(seed), random.Random(seed)
        log = log_that_shows_all(true, chance)
        rows = [[run_of(true, chance) for _ in range(20)], mutants(true, chance, 20)]
        rows = [[row for row in listed if row] for listed in rows]
        part = mine(log_of((row, number) for number, row in enumerate(log)))
        for which, listed in enumerate(rows):
            sizes[which] += len(listed)
            ours[which] += sum(first_misfit(part, row) is None for row in listed)
        given.append(json.dumps({"log": log, "held_out": rows[0], "mutants": rows[1]}))
    script = Path(__file__).with_name("pm4py_runs.py")
    done = subprocess.run(
        [other, "-W", "ignore", str(script)],
        input="\n".join(given),
        check=True,
        capture_output=True,
        text=True,
    )
    counts = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    theirs = [sum(count[which] for count in counts) for which in (0, 1)]
    return "\n".join(
        [
            f"Accepted of {flows} made-up flows' rows    rows  otelhook  pm4py",
            f"  held-out runs                    {sizes[0]:>8}{ours[0]:>10}{theirs[0]:>7}",
            f"  mutants (fewer is better)        {sizes[1]:>8}{ours[1]:>10}{theirs[1]:>7}",
        ]
    )


if __name__ == "__main__":
    {"diff": _diff, "flow": _flow}[sys.argv[1]](int(sys.argv[2]))
