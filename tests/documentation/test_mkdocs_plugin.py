from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

pytest.importorskip("mkdocs", reason="needs mkdocs-material")

pytestmark = pytest.mark.timeout(180)

Build = Callable[..., tuple[int, str]]


def headings(page: str) -> list[tuple[int, str]]:
    found = re.findall(r"<h([1-6])[^>]*>(.*?)</h\1>", page, re.DOTALL)
    return [(int(level), re.sub(r"<[^>]+>|&para;", "", text).strip()) for level, text in found]


def test_a_line_becomes_the_trace_below_the_heading_that_it_stands_under(
    mkdocs: Build, trace: Path
) -> None:
    code, page = mkdocs(f"# Shop\n\n## Create\n\n::: otelhook --from {trace}\n\nThe end.\n")
    assert code == 0, page
    told = headings(page)
    assert told[:3] == [
        (1, "Shop"),
        (2, "Create"),
        (3, "openstack resource provider create rack-1"),
    ]
    assert (4, "Sequence diagram") in told
    assert (5, "(7) POST /resource_providers") in told
    assert 'class="mermaid"' in page
    assert "23612d33-bd8b-4a09-830f-f9e3fa069a89" in page
    assert page.index("(12)") < page.index("The end.")


def test_options_of_the_site_are_for_all_its_traces_and_each_has_its_own_links(
    mkdocs: Build, trace: Path
) -> None:
    line = f"::: otelhook --from {trace} --title Again"
    code, page = mkdocs(f"{line}\n\n{line}\n", "- otelhook: {options: --diagram svg}")
    assert code == 0, page
    assert page.count("<svg") >= 2
    assert "mermaid" not in page
    ids = re.findall(r'<span id="([^"]+)"', page)
    assert "step-4" in ids
    assert "trace-2-step-4" in ids
    assert len(ids) == len(set(ids))
    links = set(re.findall(r'href="#((?:trace-2-)?step-\d+)"', page))
    assert links
    assert links <= set(ids)


def test_a_command_is_run_when_the_site_is_built_and_only_by_its_leave(
    mkdocs: Build, tmp_path: Path
) -> None:
    shutil.copy(Path(__file__).with_name("example.py"), tmp_path)
    page = "# Shop\n\n::: otelhook run -- python example.py\n"
    code, said = mkdocs(page)
    assert code == 1
    assert "index.md: ::: otelhook run -- python example.py: 'run' needs the site's leave" in said
    code, built = mkdocs(page, "- otelhook: {commands: true}")
    assert code == 0, built
    assert "GET /bicycles" in built
    assert "made today" in built


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--from absent.json", "absent.json"),
        ("--from x.json -o elsewhere.md", "-o has no meaning within a page"),
        ("--open", "--open has no meaning within a page"),
        ("--no-such-option", "--no-such-option"),
        ("'unclosed", "No closing quotation"),
    ],
)
def test_what_cannot_be_rendered_stops_the_build_with_a_line(
    mkdocs: Build, line: str, said: str
) -> None:
    code, told = mkdocs(f"::: otelhook {line}\n")
    assert code == 1
    assert "index.md: ::: otelhook" in told
    assert said in told
    assert "Traceback" not in told


def test_a_page_that_shows_how_it_is_written_is_left_as_it_is(mkdocs: Build) -> None:
    code, page = mkdocs("```\n::: otelhook latest\n```\n\n    ::: otelhook latest\n")
    assert code == 0, page
    assert page.count("::: otelhook latest") == 2


TEXT = """\
# A
### (4) x<span id="@step-4"></span>
* from [(4)](#@step-4)
``` text
# no heading [(4)](#step-4)
```
#no heading
"""


def test_only_headings_and_names_of_steps_are_changed_beneath_another_page() -> None:
    beneath = import_module("otelhook.documentation.mkdocs_plugin").beneath
    assert beneath(TEXT.replace("@", ""), 4, "trace-2-") == (
        TEXT.replace("# A", "##### A").replace("### (4)", "###### (4)").replace("@", "trace-2-")
    )
