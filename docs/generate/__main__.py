"""Puts the documentation together: what is written by hand, and what the code says of itself.

    python -m docs.generate [FOLDER]

The folder (``build/docs`` unless named) is made anew, for mkdocs to build.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from docs.generate import commands, examples, formats, protocols, python_names, recorded, settings

__all__ = ["main"]

HERE = Path(__file__).resolve().parent.parent


def main(folder: Path) -> None:
    """Write all pages into a folder; what it held is removed."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(HERE / "pages", folder)
    pages = {
        "reference/commands.md": commands.page(),
        "reference/formats.md": formats.page(),
        "reference/protocols.md": protocols.page(),
        "reference/recorded.md": recorded.page(),
        "reference/python.md": python_names.page(),
        "reference/settings.md": settings.page(),
        **examples.pages(),
    }
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else Path("build/docs"))
