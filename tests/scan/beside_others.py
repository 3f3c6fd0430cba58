"""Counts what `otelhook scan`, detect-secrets and gitleaks find of the same texts.

    python -m tests.scan.beside_others

Texts with secrets are the corpus' and the unseen sets', innocent ones likewise; each is a file of
its own, as it is. detect-secrets comes from PyPI into an environment of its own, gitleaks is built
from its Go module, both once, into ``$OTELHOOK_PEERS`` or the user's cache. What a scanner calls
possible (`otelhook scan`) is counted apart.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterable
from pathlib import Path

from otelhook.scan.scanner import leftovers
from tests.redaction.corpus.applying import written
from tests.redaction.corpus.entries import innocents, secrets, texts_of

UNSEEN = Path(__file__).parents[1] / "redaction" / "unseen"
DETECT_SECRETS = "1.5.0"
GITLEAKS = "v8.30.0"
Scanner = Callable[[Path], set[str]]
"""Takes a folder of texts and returns the names of the files with a finding."""


def cache() -> Path:
    """Return the folder that programs are kept in."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(os.environ.get("OTELHOOK_PEERS") or Path(base) / "otelhook" / "peers")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def run(*command: str, **environ: str) -> str:
    """Return what a program prints."""
    done = subprocess.run(
        command, env=os.environ | environ, capture_output=True, text=True, check=True, timeout=900
    )
    return done.stdout


def detect_secrets(folder: Path) -> set[str]:
    """Run detect-secrets with all its plug-ins."""
    home = cache() / f"detect-secrets-{DETECT_SECRETS}"
    program = home / "bin" / "detect-secrets"
    if not program.exists():
        venv.create(home, with_pip=True)
        run(str(home / "bin" / "pip"), "install", "-q", f"detect-secrets=={DETECT_SECRETS}")
    found = json.loads(run(str(program), "-C", str(folder), "scan", "--all-files", "--no-verify"))
    return {Path(name).name for name in found["results"]}


def gitleaks(folder: Path) -> set[str]:
    """Run gitleaks with its own rules."""
    home = cache() / f"gitleaks-{GITLEAKS}"
    if not (home / "gitleaks").exists():
        run("go", "install", f"github.com/zricethezav/gitleaks/v8@{GITLEAKS}", GOBIN=str(home))
    report = folder.parent / "gitleaks.json"
    options = ("--no-banner", "--exit-code", "0", "--report-format", "json", "--report-path")
    run(str(home / "gitleaks"), "dir", *options, str(report), str(folder))
    return {Path(row["File"]).name for row in json.loads(report.read_text(encoding="utf-8"))}


def ours(folder: Path, *, possible: bool = False) -> set[str]:
    """Run `otelhook scan`; what is only possible counts if asked."""
    found = set[str]()
    for path in folder.iterdir():
        lines = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if any(one.is_sure or possible for one in leftovers(lines)):
            found.add(path.name)
    return found


SCANNERS: dict[str, Scanner] = {
    "otelhook scan": ours,
    "otelhook scan, with what is possible": lambda folder: ours(folder, possible=True),
    f"detect-secrets {DETECT_SECRETS}": detect_secrets,
    f"gitleaks {GITLEAKS}": gitleaks,
}


def texts() -> tuple[dict[str, list[str]], list[str]]:
    """Return texts with secrets by their set, and innocent ones."""
    sets = {"corpus": [entry.text for entry in secrets()]}
    harmless = [written(one)[2] for one in innocents()]
    for folder in sorted(path for path in UNSEEN.iterdir() if path.is_dir()):
        if (folder / "secrets.toml").exists():
            sets[folder.name] = [entry.text for entry in texts_of([folder / "secrets.toml"])]
            harmless += [entry.text for entry in texts_of([folder / "innocents.toml"])]
    return sets, harmless


def write(folder: Path, kind: str, lines: Iterable[str]) -> None:
    """Write each text into a file of its own."""
    for number, text in enumerate(lines):
        (folder / f"{kind}-{number}.txt").write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """Print a table: found of each set, recall and precision over all, and innocents mistaken."""
    sets, harmless = texts()
    total = sum(map(len, sets.values()))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "texts"
        folder.mkdir()
        for kind, lines in sets.items():
            write(folder, kind, lines)
        write(folder, "innocent", harmless)
        heads = [f"{kind} ({len(lines)})" for kind, lines in sets.items()]
        rows = [["scanner", *heads, "recall", f"innocents mistaken ({len(harmless)})", "precision"]]
        for title, scanner in SCANNERS.items():
            found = scanner(folder)
            counts = [sum(one.startswith(f"{kind}-") for one in found) for kind in sets]
            mistaken = sum(one.startswith("innocent-") for one in found)
            hits = sum(counts)
            precision = f"{100 * hits / max(1, hits + mistaken):.1f} %"
            cells = [title, *map(str, counts), f"{100 * hits / total:.1f} %", str(mistaken)]
            rows.append([*cells, precision])
    rows.insert(1, ["---"] * len(rows[0]))
    sys.stdout.write("".join(f"| {' | '.join(row)} |\n" for row in rows))


if __name__ == "__main__":
    main()
