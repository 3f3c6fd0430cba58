"""A page in several files, where one would be more than its reader shows.

GitHub cuts a file that it renders at 512,000 bytes, and GitLab shows none above 1 MB. A page that
is larger is parted before a step: the first file has all that stands before the steps and the list
of the others, the last one the log. Links to steps lead into their files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from otelhook.render.markdown.diagrams import DiagramKind
from otelhook.render.markdown.page import render_markdown
from otelhook.sequence.document import Document

__all__ = ["FILE_LIMITS", "markdown_files"]

FILE_LIMITS: Mapping[str, int] = MappingProxyType({"github": 512_000, "gitlab": 1_000_000})
"""Bytes of a file by target (isaacs/github#1610, gitlab-org/gitlab#513094); others have none.

GitLab's comments and descriptions end at the same number, of characters
(gitlab-org/gitlab@58c5e765, ``MAX_TEXT_SIZE_LIMIT``), and a wiki's page, which may hold 5 MB
(docs.gitlab.com, *Wiki settings*), is shown up to it (gitlab-org/gitlab#411775): one number is
right for all three.
"""

_SPARE: Final = 20_000
"""Bytes for the list of files and for links that become longer."""

_STEP: Final = re.compile(r"### \((\d+)\) ")
_REPEATED: Final = re.compile(r"(?:<span[^>]*></span>)*`\((\d+)-\d+\)` repeat ")
_SECTION: Final = "## "
_FENCE: Final = re.compile(r"[> ]*(`{3,}|~{3,})")
_LINK: Final = re.compile(r"(\]\(<?|href=\")#step-(\d+)")
_ANCHOR: Final = re.compile(r'<span id="step-(\d+)">')


@dataclass(frozen=True, slots=True)
class _Piece:
    """Lines that stay together."""

    text: str
    step: int = 0
    """The step that it begins with; 0 before all steps, -1 after them."""

    @property
    def size(self) -> int:
        return len(self.text.encode("utf-8", "surrogatepass")) + 1


def markdown_files(
    document: Document,
    target: str = "mkdocs",
    diagram: DiagramKind = DiagramKind.MERMAID,
    limit: int | None = None,
) -> Mapping[str, str]:
    """Return file names with their texts: ``index.md``, and ``steps-1.md`` and so on if needed.

    Args:
        document: what to show.
        target: where, as for `render_markdown`.
        diagram: as for `render_markdown`.
        limit: bytes of a file; what the target shows unless given.
    """
    page = render_markdown(document, target, diagram)
    most = limit or FILE_LIMITS.get(target, 0)
    if not most or len(page.encode("utf-8", "surrogatepass")) <= most:
        return {"index.md": page}
    pieces = list(_pieces(page))
    head = [piece for piece in pieces if not piece.step]
    files = list(_packed([piece for piece in pieces if piece.step], max(1, most - _SPARE)))
    names = [f"steps-{number}.md" for number in range(1, len(files) + 1)]
    held = {
        int(step): name
        for name, file in zip(names, files, strict=True)
        for piece in file
        for step in (*_ANCHOR.findall(piece.text), *([piece.step] if piece.step > 0 else []))
    }
    parts: dict[str, str] = {}
    for number, (name, file) in enumerate(zip(names, files, strict=True)):
        around = _around(names, number)
        parts[name] = f"{around}\n\n{_joined(file, name, held)}\n\n{around}\n"
    listed = "\n".join(
        f"* [{_range(file)}](<{name}>){_excess(parts[name], most)}"
        for name, file in zip(names, files, strict=True)
    )
    first = f"{_joined(head, 'index.md', held)}\n\nThe steps, in {len(names)} files:\n\n{listed}\n"
    return {"index.md": first, **parts}


def _told(page: str) -> Iterator[tuple[str, bool]]:
    """Yield a page's lines, and whether each is Markdown: not a fence, nor within one."""
    fence = ""
    for line in page.split("\n"):
        mark = _FENCE.match(line)
        yield line, not fence and mark is None
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and not line[mark.end() :].strip():
            fence = ""


def _pieces(page: str) -> Iterator[_Piece]:
    """Part a page before each step, and before what comes after the last."""
    step, held = 0, list[str]()
    for line, is_markdown in _told(page):
        begins = _beginning(line, step) if is_markdown else None
        if begins is not None:
            yield _Piece("\n".join(held), step)
            step, held = begins, []
        held.append(line)
    yield _Piece("\n".join(held), step)


def _beginning(line: str, step: int) -> int | None:
    """Return the step that a line begins, or -1 if it begins what comes after the steps."""
    found = _STEP.match(line) or _REPEATED.match(line)
    if found:
        return int(found[1])
    return -1 if step > 0 and line.startswith(_SECTION) else None


def _packed(pieces: Sequence[_Piece], most: int) -> Iterator[list[_Piece]]:
    """Put as many pieces into each file as fit; one that is larger has its own."""
    held: list[_Piece] = []
    for piece in pieces:
        if held and sum(other.size for other in held) + piece.size > most:
            yield held
            held = []
        held.append(piece)
    if held:
        yield held


def _range(file: Sequence[_Piece]) -> str:
    steps = [piece.step for piece in file if piece.step > 0]
    if not steps:
        return "The full log"
    found = f"Steps {steps[0]} to {steps[-1]}" if len(steps) > 1 else f"Step {steps[0]}"
    return found if len(steps) == len(file) else f"{found}, and the full log"


def _excess(text: str, most: int) -> str:
    """Say of a file that it is too large, as one step of it is: nothing within a step is parted."""
    size = len(text.encode("utf-8", "surrogatepass"))
    return f", {size:,} bytes: a file is shown whole up to {most:,}" if size > most else ""


def _around(names: Sequence[str], number: int) -> str:
    links = ["[Overview](<index.md>)"]
    if number:
        links.append(f"[Before](<{names[number - 1]}>)")
    if number + 1 < len(names):
        links.append(f"[Next](<{names[number + 1]}>)")
    return " · ".join(links)


def _joined(pieces: Iterable[_Piece], name: str, held: Mapping[int, str]) -> str:
    text = "\n".join(piece.text for piece in pieces).strip("\n")

    def led(match: re.Match[str]) -> str:
        file = held.get(int(match[2]), name)
        return match[0] if file == name else f"{match[1]}{file}#step-{match[2]}"

    rows = (_LINK.sub(led, line) if told else line for line, told in _told(text))
    return "\n".join(rows)
