"""Fetch official mermaid from npm into the cache: ``python tests/browser/fetch_mermaid.py``.

The cache is ``OTELHOOK_MERMAID_CACHE``, else ``.cache/mermaid`` at the repository's root. What is
there already is not fetched again. Where npm is missing it says so and succeeds: the suite that
needs mermaid then skips and says the same.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

__all__ = ["VERSIONS", "cache_folder", "main"]

VERSIONS = {"11": "11.17.2", "12": "12.3.0"}
"""Of each major version the one that is fetched: 11 is what Material and GitHub load."""

_MEMBER = "package/dist/mermaid.min.js"


def cache_folder() -> Path:
    """Return where the scripts are kept: ``mermaid-<version>.min.js``."""
    named = os.environ.get("OTELHOOK_MERMAID_CACHE")
    return Path(named) if named else Path(__file__).parents[2] / ".cache" / "mermaid"


def _fetch(npm: str, version: str, target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [npm, "pack", "--silent", f"mermaid@{version}"],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as opened:
            script = opened.extractfile(_MEMBER)
            assert script is not None, f"mermaid {version} has no {_MEMBER}"
            partial = target.with_suffix(".partial")
            partial.write_bytes(script.read())
        partial.replace(target)


def main() -> int:
    """Fetch what is missing; return the exit code."""
    folder = cache_folder()
    missing = [v for v in VERSIONS.values() if not (folder / f"mermaid-{v}.min.js").is_file()]
    npm = shutil.which("npm")
    if missing and npm is None:
        sys.stderr.write("mermaid is not fetched: npm is not on the PATH\n")
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for version in missing:
            _fetch(str(npm), version, folder / f"mermaid-{version}.min.js")
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"mermaid is not fetched: npm ended with {error.returncode}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
