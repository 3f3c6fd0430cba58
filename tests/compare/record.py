"""Records the demo as it is, twice, and with changes made on purpose in its services.

``python -m tests.compare.record`` writes the traces in ``recorded/`` anew. A change is a piece of
source that is replaced in a copy of the package, so that what the services then do is really run.
"""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["RECORDED", "VARIANTS"]

ROOT = Path(__file__).parents[2]
RECORDED = Path(__file__).parent / "recorded"


@dataclass(frozen=True, slots=True)
class Edit:
    """What is replaced in a module of the demo."""

    module: str
    old: str
    new: str


VARIANTS: Mapping[str, tuple[Edit, ...]] = {
    "as-it-is": (),
    "again": (),
    "warm": (
        Edit(
            "image",
            "    return serve(",
            "    checker._own = account.sign_in(account.discover()).token\n    return serve(",
        ),
    ),
    "added-call": (
        Edit(
            "client",
            "    json.dump(image",
            "    session.get(f\"{images}/{image['id']}\", timeout=TIMEOUT)\n    json.dump(image",
        ),
    ),
    "changed-status": (
        Edit("image", "Response(HTTPStatus.NO_CONTENT)", "Response(HTTPStatus.ACCEPTED)"),
    ),
    "renamed-field": (Edit("image", '"min_ram": 0', '"ram_min": 0'),),
    "dropped-header": (Edit("image", "CREATED, record, location)", "CREATED, record)"),),
}


def _record(edits: tuple[Edit, ...], target: Path) -> None:
    with tempfile.TemporaryDirectory() as work:
        place = Path(work)
        for name in ("otelhook", "exporters", "collector"):
            shutil.copytree(ROOT / name, place / name, symlinks=True)
        for edit in edits:
            module = place / "otelhook" / "demo" / f"{edit.module}.py"
            text = module.read_text(encoding="utf-8")
            if edit.old not in text:
                raise LookupError(edit)
            module.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
        command = [
            sys.executable,
            "-c",
            "from otelhook.cli.main import main; raise SystemExit(main())",
        ]
        environ = {**os.environ, "PYTHONPATH": work}
        for words in (
            ["demo", "--out", "demo"],
            ["export", "latest", "--data-dir", "demo/data", "--to", "trace.json"],
        ):
            subprocess.run([*command, *words], cwd=place, env=environ, check=True)
        packed = gzip.compress((place / "trace.json").read_bytes(), mtime=0)
        target.write_bytes(packed)


def main() -> None:
    """Write the recordings that are named on the command line, or all."""
    RECORDED.mkdir(exist_ok=True)
    for name in sys.argv[1:] or VARIANTS:
        _record(VARIANTS[name], RECORDED / f"{name}.json.gz")


if __name__ == "__main__":
    main()
