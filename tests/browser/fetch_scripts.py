"""Fetch official mermaid, and axe, from npm: ``python tests/browser/fetch_scripts.py``.

The cache is ``OTELHOOK_MERMAID_CACHE``, else ``.cache/mermaid`` at the repository's root. What is
there already is not fetched again. Where npm is missing it says so and succeeds: the tests that
need a script then skip and say the same.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

__all__ = ["AXE", "VERSIONS", "cache_folder", "main"]

VERSIONS = {"11": "11.17.2", "12": "12.3.0"}
"""Of each major version the one that is fetched: 11 is what Material and GitHub load."""

AXE = "4.11.0"
"""Of axe-core, which looks for what keeps people from using a page."""

_MEMBERS = {"mermaid": "package/dist/mermaid.min.js", "axe-core": "package/axe.min.js"}


def cache_folder() -> Path:
    """Return where the scripts are kept: ``<name>-<version>.min.js``."""
    named = os.environ.get("OTELHOOK_MERMAID_CACHE")
    return Path(named) if named else Path(__file__).parents[2] / ".cache" / "mermaid"


def _fetch(npm: str, name: str, version: str, target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [npm, "pack", "--silent", f"{name}@{version}"],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as opened:
            script = opened.extractfile(_MEMBERS[name])
            assert script is not None, f"{name} {version} has no {_MEMBERS[name]}"
            partial = target.with_suffix(".partial")
            partial.write_bytes(script.read())
        partial.replace(target)


def main() -> int:
    """Fetch what is missing; return the exit code."""
    folder = cache_folder()
    wanted = [*(("mermaid", version) for version in VERSIONS.values()), ("axe-core", AXE)]
    missing = [pair for pair in wanted if not (folder / "{}-{}.min.js".format(*pair)).is_file()]
    npm = shutil.which("npm")
    if missing and npm is None:
        sys.stderr.write("nothing is fetched: npm is not on the PATH\n")
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for name, version in missing:
            _fetch(str(npm), name, version, folder / f"{name}-{version}.min.js")
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"not all is fetched: npm ended with {error.returncode}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
