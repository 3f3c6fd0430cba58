"""Two runs compared, and the flow of many: beyond composing the documents, which stands beside."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from dataclasses import replace

from otelhook.compare import compare
from otelhook.sequence import compose
from tests.bench.documents import spans

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
    return "\n".join(lines)


if __name__ == "__main__":
    _diff(int(sys.argv[2]))
