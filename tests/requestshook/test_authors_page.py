"""The author's page, prose and all, out of his log and a notes file with words of our own.

Of each place where he says something the page must say something too, and name the same things:
steps, headers, values. His own words are in no file of ours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from otelhook.cli.main import main

NOTES = Path(__file__).with_name("image_create_notes.toml")
_STEP = re.compile(r"(?m)^### \((\d+)\) .*\n")
_TABS = re.compile(r'(?m)^=== "(?:Header|Body)"\n(?:\n|    .*\n)*')
_LINK = re.compile(r"\]\(<?(https?://[^)>]*)>?\)")
_CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Told:
    """What is said of a step, before its message and after it."""

    before: str
    after: str
    tabs: str

    @property
    def links(self) -> list[str]:
        return _LINK.findall(self.before)

    @property
    def named(self) -> set[str]:
        """All that the words name as code, which is not translated."""
        return {code.strip("()") for code in _CODE.findall(_prose(self.before))}


def _prose(text: str) -> str:
    """Leave out what is no author's: who calls whom, facts, links, flows."""
    lines = [
        line
        for line in text.splitlines()
        if not re.match(r"`[\w-]+` (?:-->|<--) |<small>|\* |\s*!!!|\s*\[|\s*```|\s*ProxyPass", line)
    ]
    return "\n".join(line for line in lines if line.strip())


def _steps(text: str) -> dict[int, Told]:
    pieces = _STEP.split(text.partition("## Full")[0])
    found: dict[int, Told] = {}
    for number, section in zip(pieces[1::2], pieces[2::2], strict=True):
        before, *after = _TABS.split(section)
        tabs = "".join(_TABS.findall(section))
        found[int(number)] = Told(before, "\n".join(after), tabs)
    return found


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The pages that the command writes from the log."""
    log = Path(__file__).parents[3] / "shared" / "seed" / "openstack-image-create" / "log.md"
    if not log.is_file():
        pytest.skip("the author's page is not beside the repository")
    folder = tmp_path_factory.mktemp("site")
    asked = ["render", "--from", f"requestshook:{log}", "--notes", str(NOTES), "--format", "mkdocs"]
    assert main([*asked, "--title", "openstack image create", "-o", f"{folder}/"]) == 0
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


@pytest.fixture(scope="module")
def ours(rebuilt: dict[str, str]) -> dict[int, Told]:
    return _steps(rebuilt["body.md"])


@pytest.fixture
def his(seed: Path) -> dict[int, Told]:
    return _steps((seed / "body.md").read_text(encoding="utf-8"))


def test_each_step_of_the_author_that_has_words_has_words(
    ours: dict[int, Told], his: dict[int, Told]
) -> None:
    worded = [number for number, told in his.items() if _prose(told.before)]
    assert len(worded) == 20
    assert [number for number in worded if not _prose(ours[number].before)] == []
    # And where he was silent, at the answer that repeats (2) and the sign-in that repeats (3):
    assert [number for number in ours if not _prose(ours[number].before)] == [7, 8]


def test_the_words_name_what_the_authors_name(ours: dict[int, Told], his: dict[int, Told]) -> None:
    missing: dict[int, set[str]] = {}
    for number, told in his.items():
        shown = f"{ours[number].before}\n{ours[number].tabs}".replace("&#59;", ";")
        named = {name for name in told.named if name.isascii() and "gAAAA" not in name}
        lacking = {name for name in named if not all(part in shown for part in name.split("="))}
        if lacking:
            missing[number] = lacking
    # The password, which is hidden; the rest are words of his for what ours say in others.
    assert {name.lower() for lacking in missing.values() for name in lacking} <= {
        *("asdf", "access token", "version negotiation", "identity", "object-store(swift"),
        *("openstack-client", "apache-wsgi-proxy", "response.header"),
    }


def test_all_nine_references_stand_on_their_steps(
    ours: dict[int, Told], his: dict[int, Told]
) -> None:
    assert sum(len(told.links) for told in his.values()) == 9
    assert {n: told.links for n, told in ours.items()} == {n: t.links for n, t in his.items()}


def test_words_stand_behind_a_message_where_the_authors_do(
    ours: dict[int, Told], his: dict[int, Told]
) -> None:
    behind = {number for number, told in his.items() if _prose(told.after)}
    assert behind == {4}
    assert {number for number, told in ours.items() if _prose(told.after)} == behind
    # Within the body of (13) he says that it is cut, which its facts say here.
    assert "body cut" in ours[13].before


def test_what_surrounds_the_steps_is_there_in_the_authors_order(rebuilt: dict[str, str]) -> None:
    page = rebuilt["index.md"]
    places = [
        "# openstack image create",
        "[glance_store]",
        "## The command and what it prints",
        "openstack image create --disk-format qcow2 --file",
        "https://docs.openstack.org/python-openstackclient/zed/cli/",
        "## Sequence diagram",
        "| `image_id` | `a42bfade-78ec-4c95-b7b4-272ba265072c` |",
        "| `account` | `AUTH_7c4cda7e4807414bbdfcb22b535a9802` |",
        "* `(1-4)` openstack signs in",
        "`keystone`&#58; it gets a token and the catalog of services. `(1-4)`",
        "## What is not shown",
        "## Request / Response",
        "`X-Requestshook-Request-Id`: added to follow the requests",
        "## Full log",
    ]
    found = [page.find(text) for text in places]
    assert -1 not in found, places[found.index(-1)]
    assert found == sorted(found)
    assert "!!! note\n\n    `(6-9)`" in rebuilt["body.md"]


def test_no_secret_of_the_log_comes_along(rebuilt: dict[str, str]) -> None:
    for name, text in rebuilt.items():
        assert "gAAAA" not in text, name
        assert "asdf" not in text, name
