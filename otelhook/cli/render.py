"""``otelhook render``: one document, in one format or all."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from otelhook.cli.choosing import add_choosing, chosen_spans
from otelhook.cli.complaints import complain
from otelhook.cli.composing import add_composing, composed
from otelhook.cli.files import as_bytes, make_folder, write_file
from otelhook.cli.options import add_source, loaded, source
from otelhook.cli.pages import PAGES, write_pages
from otelhook.cli.parts import IN_PARTS, write_parts
from otelhook.cli.terminal import colored, put, speaks_unicode
from otelhook.errors import ConfigError
from otelhook.plug_ins import RENDERERS, plug_in_named, shadowed
from otelhook.render import FORMATS, render, unknown_format
from otelhook.render.mermaid.pagination import TARGETS
from otelhook.sequence.document import Document
from otelhook.sequence.transforms.choose_steps import only_steps, parse_steps

__all__ = ["add_arguments", "document_text", "run"]

_FOLDER = "mkdocs"

_DESCRIPTION = f"""\
Turn a trace into a diagram or a page.

Without --format the format is the one that the file's suffix stands for, else
text on a terminal, else markdown. -o with a folder writes its pages:
{", ".join(PAGES)}; or, with
--format {", ".join(IN_PARTS)}, a file for each part of a long trace.

formats:
{chr(10).join(f"  {name:<12} {row.suffix}" for name, row in FORMATS.items())}
  {_FOLDER:<12} a folder for a MkDocs site: index.md, which includes the others
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``otelhook render``."""
    parser.description = _DESCRIPTION
    add_choosing(parser)
    parser.add_argument(
        "--format",
        metavar="FORMAT",
        help="see above, or the name of a plug-in (entry point otelhook.renderers)",
    )
    parser.add_argument(
        "--for",
        dest="target",
        choices=TARGETS,
        default="mkdocs",
        help="where markdown is read: its dialect and its limits (default: mkdocs)",
    )
    parser.add_argument(
        "--diagram",
        choices=("mermaid", "svg", "both"),
        default="mermaid",
        help="what a page for MkDocs draws: mermaid, which the site draws by a script (default), "
        "svg, pictures within the page that need no network, or both",
    )
    parser.add_argument(
        "--prefix",
        default="",
        metavar="PATH",
        help="mkdocs: the folder as its snippets' base_path sees it, such as image/create",
    )
    parser.add_argument(
        "-o", dest="output", metavar="PATH", help="a file, or a folder (ends in /, or exists)"
    )
    parser.add_argument(
        "--steps", metavar="N-M", help="only these, with their numbers: 5-12, 7, 20-, or 1-4,9"
    )
    parser.add_argument(
        "--open",
        action="store_true",
        help="show the page in a browser; without -o it is kept in a new folder of its own",
    )
    add_source(parser)
    add_composing(parser)


def run(arguments: argparse.Namespace) -> int:
    """Render traces, to standard output or into a file or folder."""
    target: str | None = arguments.output
    if target == "":
        message = "-o names no file"
        raise ConfigError(message)
    _check_format(arguments.format)
    wanted = None if arguments.steps is None else parse_steps(arguments.steps)
    settings = loaded(arguments).settings
    found = source(arguments, settings)
    made = composed(chosen_spans(found, arguments), arguments, settings)
    document = made.document if wanted is None else only_steps(made.document, wanted)
    if arguments.open:
        from otelhook.cli.opening import open_page

        open_page(document, arguments.format, target)
    else:
        _put(document, arguments, target)
    return made.exit_code


def _check_format(name: str | None) -> None:
    """Refuse a format that is none before anything is read.

    Raises:
        ConfigError: it is neither ours nor a plug-in's.
    """
    if name is None or name == _FOLDER:
        return
    for sentence in shadowed(RENDERERS, (name,) if name in FORMATS else (_FOLDER,)):
        complain(sentence)
    if name not in FORMATS and plug_in_named(RENDERERS, name) is None:
        raise unknown_format(name, _FOLDER)


def _put(document: Document, arguments: argparse.Namespace, target: str | None) -> None:
    """Write the document to where it is wanted."""
    if target is None or target == "-":
        _print(document, arguments)
        return
    path = Path(target)
    if target.endswith(os.sep) or path.is_dir():
        _write_folder(document, path, arguments)
        return
    form = arguments.format or _by_suffix(path)
    if form == _FOLDER:
        message = f"{form} is a folder of pages: name one with -o {path}/"
        raise ConfigError(message)
    write_file(path, as_bytes(_rendered(document, form, arguments)))


def _rendered(document: Document, form: str, arguments: argparse.Namespace) -> str | bytes:
    if form != "markdown":
        return render(document, form)
    # Imported here: only for this format.
    from otelhook.render.markdown.diagrams import DiagramKind
    from otelhook.render.markdown.page import render_markdown

    return render_markdown(document, arguments.target, DiagramKind(arguments.diagram))


def _print(document: Document, arguments: argparse.Namespace) -> None:
    """Print the document: text fits the terminal that it is for."""
    terminal = sys.stdout.isatty()
    form = arguments.format or ("text" if terminal else "markdown")
    if form == _FOLDER:
        message = f"{form} is a folder of pages: name one with -o FOLDER/"
        raise ConfigError(message)
    if form == "text":
        put(document_text(document))
    else:
        content = _rendered(document, form, arguments)
        if terminal and isinstance(content, bytes):
            message = f"{form} is not for a terminal: name a file with -o"
            raise ConfigError(message)
        sys.stdout.flush()
        sys.stdout.buffer.write(as_bytes(content))
    sys.stdout.flush()


def document_text(document: Document) -> str:
    """Return the diagram as wide as the terminal, in ASCII where it knows nothing else."""
    from otelhook.render.text.page import render_text

    if sys.stdout.isatty():
        import shutil

        width = shutil.get_terminal_size().columns
        return render_text(document, width, ascii=not speaks_unicode(), color=colored())
    return render_text(document, ascii=not speaks_unicode())


def _by_suffix(path: Path) -> str:
    for name, row in FORMATS.items():
        if path.suffix.lower() == row.suffix:
            return name
    return "markdown"


def _write_folder(document: Document, folder: Path, arguments: argparse.Namespace) -> None:
    if arguments.format in (_FOLDER, "markdown"):
        make_folder(folder)
        for name, text in _markdown_folder(document, arguments).items():
            write_file(folder / name, as_bytes(text))
            print(folder / name)
        return
    if arguments.format in IN_PARTS:
        written = write_parts(document, arguments.format, folder)
    elif arguments.format is None:
        written = write_pages(document, folder)
    else:
        message = f"{folder} is a folder, which has a page in each format: leave out --format"
        raise ConfigError(message)
    for path in written:
        print(path)


def _markdown_folder(document: Document, arguments: argparse.Namespace) -> Mapping[str, str]:
    """Return the files of a folder of Markdown: for MkDocs to include, or as large as may be."""
    # Imported here: only for these formats.
    from otelhook.render.markdown.diagrams import DiagramKind
    from otelhook.render.markdown.files import markdown_files
    from otelhook.render.markdown.mkdocs import mkdocs_pages

    kind = DiagramKind(arguments.diagram)
    if arguments.format == _FOLDER:
        return mkdocs_pages(document, arguments.prefix, kind)
    return markdown_files(document, arguments.target, kind)
