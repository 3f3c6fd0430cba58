"""Fetch the parsers that npm has: ``python tests/parsers/fetch.py``.

They are the Nu Html Checker (a jar), the HAR schema and the reference implementation of
CommonMark. The cache is ``.cache/parsers`` at the repository's root; what is there already is not
fetched again. Where npm is missing it says so and succeeds: the tests then skip and say the same.
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
}
"""Each package with what of it is needed: a file, or a folder of files."""


def _fetch(npm: str, package: str, wanted: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(
            [npm, "pack", "--silent", package], cwd=folder, check=True, stdout=subprocess.DEVNULL
        )
        (archive,) = folder.glob("*.tgz")
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
    return 0


if __name__ == "__main__":
    sys.exit(main())
