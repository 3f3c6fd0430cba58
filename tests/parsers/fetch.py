"""Fetch the parsers that npm has: ``python tests/parsers/fetch.py``.

They are the Nu Html Checker (a jar), the HAR schema, the reference implementation of CommonMark,
the SARIF schema and libxml2; from PyPI comes the JUnit schema, in pytest's own tests. The cache is
``.cache/parsers`` at the repository's root; what is there already is not fetched again. Where npm
is missing it says so and succeeds: the tests then skip and say the same.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

__all__ = ["CACHE", "PARSERS", "main"]

CACHE = Path(__file__).parents[2] / ".cache" / "parsers"

PARSERS = {
    "vnu-jar@26.9.27": "package/build/dist/vnu.jar",
    "har-schema@2.0.0": "package/lib",
    "commonmark@0.31.2": "package/dist/commonmark.js",
    "@microsoft/jest-sarif@1.0.0-beta.0": "package/lib/schemas",
    "xmllint-wasm@5.3.0": "package",
}
"""Each package with what of it is needed: a file, or a folder of files."""

SOURCES = {"pytest@9.2.0": "testing/example_scripts/junit-10.xsd"}
"""The same of PyPI's source distributions."""


def _fetch(npm: str, package: str, wanted: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(
            [npm, "pack", "--silent", package], cwd=folder, check=True, stdout=subprocess.DEVNULL
        )
        _take(folder, package, wanted)


def _fetch_source(package: str, wanted: str) -> None:
    name, _, version = package.partition("@")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        pip += ["--no-binary", name, "--dest", str(folder), f"{name}=={version}"]
        subprocess.run(pip, check=True, stdout=subprocess.DEVNULL)
        _take(folder, package, f"{name}-{version}/{wanted}")


def _take(folder: Path, package: str, wanted: str) -> None:
    (archive,) = (*folder.glob("*.tgz"), *folder.glob("*.tar.gz"))
    taken = folder / "taken"
    taken.mkdir()
    with tarfile.open(archive) as opened:
        for member in opened.getmembers():
            if member.isfile() and member.name.startswith(wanted):
                content = opened.extractfile(member)
                assert content is not None
                (taken / Path(member.name).name).write_bytes(content.read())
    assert list(taken.iterdir()), f"{package} has no {wanted}"
    shutil.copytree(taken, CACHE / package, dirs_exist_ok=True)


def main() -> int:
    """Fetch what is missing; return the exit code."""
    missing = [package for package in PARSERS if not (CACHE / package).is_dir()]
    npm = shutil.which("npm")
    if missing and npm is None:
        sys.stderr.write("parsers are not fetched: npm is not on the PATH\n")
        return 0
    for package in missing:
        _fetch(str(npm), package, PARSERS[package])
    for package, wanted in SOURCES.items():
        if not (CACHE / package).is_dir():
            _fetch_source(package, wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
