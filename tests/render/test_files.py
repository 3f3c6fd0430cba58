"""A page that is too large for its reader, in files with links."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from otelhook.render.markdown.files import FILE_LIMITS, markdown_files
from otelhook.render.markdown.page import render_markdown
from otelhook.sequence.document import Body, Document
from otelhook.sequence.passes import refine

STEP = re.compile(r"(?m)^### \((\d+)\)")


def large(seed: Document) -> Document:
    """Return the document with bodies of 60 KB, one of which looks like the page around it."""
    text = "### (99) GET /\n## Full log\n[(4)](#step-4)\n" + "x" * 60_000
    body = Body(text, len(text), content_type="text/plain")
    return refine(replace(seed, steps=tuple(replace(step, body=body) for step in seed.steps)))


def test_a_page_that_fits_is_one_file(seed: Document) -> None:
    assert markdown_files(seed, "github") == {"index.md": render_markdown(seed, "github")}
    assert list(markdown_files(large(seed), "mkdocs")) == ["index.md"]


@pytest.mark.parametrize("target", sorted(FILE_LIMITS))
def test_no_file_is_larger_than_its_target_shows_and_no_step_is_lost(
    seed: Document, target: str
) -> None:
    document = large(seed)
    files = markdown_files(document, target)
    assert len(files) > 2
    log = [name for name, text in files.items() if "## Full log\n" in text.split("```")[0]]
    for name, text in files.items():
        if name not in log:  # of one piece, as it is
            assert len(text.encode()) <= FILE_LIMITS[target], name
    steps = [int(n) for name, text in files.items() for n in _steps(text)]
    assert steps == [step.number for step in document.steps]


def _steps(text: str) -> list[str]:
    """Return the steps' headings, but for what stands in fences."""
    return STEP.findall("".join(text.split("```")[::2]))


def test_the_list_says_which_file_has_a_step_that_is_larger_than_what_is_shown(
    seed: Document,
) -> None:
    text = "x" * 600_000
    body = Body(text, len(text), content_type="text/plain")
    steps = (seed.steps[0], replace(seed.steps[1], body=body), *seed.steps[2:])
    files = markdown_files(refine(replace(seed, steps=steps)), "github")
    listed = re.findall(r"(?m)^\* \[[^\]]*\]\(<(steps-\d+\.md)>\)(.*)$", files["index.md"])
    assert [name for name, _ in listed] == [name for name in files if name != "index.md"]
    for name, said in listed:
        size = len(files[name].encode())
        told = f", {size:,} bytes: a file is shown whole up to 512,000"
        assert said == (told if size > 512_000 else "")
    assert any(said for _, said in listed)
    assert not all(said for _, said in listed)


def test_files_lead_to_each_other_and_links_to_the_files_of_their_steps(seed: Document) -> None:
    document = refine(seed)
    files = markdown_files(document, "github", limit=26_000)
    assert len(files) > 2
    where = {n: name for name, text in files.items() for n in re.findall(r'id="step-(\d+)"', text)}
    far = 0
    for name, text in files.items():
        for file, step in re.findall(r"\]\(<?([\w.-]*)#step-(\d+)", text):
            assert where[step] == (file or name)
            far += bool(file)
        for file in re.findall(r"\]\(<([\w.-]+\.md)>\)", text):
            assert file in files
    assert far
    names = [name for name in files if name != "index.md"]
    assert all(f"](<{name}>)" in files["index.md"] for name in names)
    assert f"[Next](<{names[1]}>)" in files[names[0]]
    assert f"[Before](<{names[0]}>)" in files[names[1]]


def test_what_was_captured_parts_nothing_and_is_left_as_it_is(seed: Document) -> None:
    files = markdown_files(large(seed), "github")
    assert sum(text.count("### (99) GET /") for text in files.values()) >= len(seed.steps)
    assert sum(text.count("[(4)](#step-4)\nx") for text in files.values()) >= len(seed.steps)
