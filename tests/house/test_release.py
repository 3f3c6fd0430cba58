"""Ready for the world: the release refuses what is not, and its files are of the right form."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.house.tree import ROOT

yaml: Any = import_module("yaml")

READY = '[project]\nname = "otelhook"\nversion = "0.1.0"\n'
CHANGES = "# Changelog\n\n## 0.1.0 (2026-12-01)\n"


def hindered(root: Path, tag: str) -> tuple[int, list[str]]:
    """Run the check as a copy in another tree."""
    script = root / ".ci" / "releasable"
    script.parent.mkdir(exist_ok=True)
    script.write_text((ROOT / ".ci" / "releasable").read_text(encoding="utf-8"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script), tag], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize(
    ("project", "changes", "tag", "told"),
    [
        (READY, CHANGES, "v0.1.0", []),
        (READY, CHANGES, "v0.2.0", ["the tag is v0.2.0, pyproject.toml has version 0.1.0"]),
        (READY, CHANGES, "0.1.0", ["the tag is 0.1.0, pyproject.toml has version 0.1.0"]),
        (
            READY + 'Repository = "https://example.invalid/PLACEHOLDER"\n',
            CHANGES,
            "v0.1.0",
            ['pyproject.toml:4: a placeholder: Repository = "https://example.invalid/PLACEHOLDER"'],
        ),
        (READY, "## 0.0.9 (2026-01-01)\n", "v0.1.0", ["CHANGELOG.md has no section 0.1.0"]),
        (
            READY,
            "## 0.1.0 (unreleased)\n",
            "v0.1.0",
            ["CHANGELOG.md: the section has no date: ## 0.1.0 (unreleased)"],
        ),
    ],
)
def test_a_release_is_refused_for_what_is_not_ready(
    tmp_path: Path, project: str, changes: str, tag: str, told: list[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text(project)
    (tmp_path / "CHANGELOG.md").write_text(changes)
    assert hindered(tmp_path, tag) == (int(bool(told)), told)


def test_this_tree_has_one_placeholder_which_the_release_refuses() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / ".ci" / "releasable"), "v0.1.0"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert len([line for line in done.stdout.splitlines() if "a placeholder" in line]) == 1


def _workflow(name: str) -> dict[str, Any]:
    text = (ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def test_only_the_job_that_publishes_may_prove_who_it_is() -> None:
    release = _workflow("release.yml")
    jobs = release["jobs"]
    assert release["permissions"] == {"contents": "read"}
    assert {n for n, job in jobs.items() if "id-token" in job.get("permissions", {})} == {"publish"}
    assert jobs["publish"]["needs"] == "build"
    assert jobs["build"]["needs"] == "ci"
    assert any(".ci/releasable" in step.get("run", "") for step in jobs["build"]["steps"])
    assert "password" not in str(jobs)


def test_every_suite_of_the_workflow_is_a_target_and_every_python_is_declared() -> None:
    jobs = _workflow("ci.yml")["jobs"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    suites = jobs["suites"]["strategy"]["matrix"]["suite"]
    assert [suite for suite in suites if f"\n{suite}:" not in makefile] == []
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    pythons = jobs["test"]["strategy"]["matrix"]["python"]
    assert [one for one in pythons if f"Python :: {one}" not in project] == []


@pytest.mark.parametrize("name", ["wrong-document", "recording"])
def test_an_issue_template_asks_each_thing_once(name: str) -> None:
    text = (ROOT / ".github" / "ISSUE_TEMPLATE" / f"{name}.yml").read_text(encoding="utf-8")
    template = yaml.safe_load(text)
    ids = [field["id"] for field in template["body"] if field["type"] != "markdown"]
    assert {"name", "description", "body"} <= set(template)
    assert len(ids) == len(set(ids)) > 0


def test_every_pinned_package_of_the_locks_has_a_hash() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-oldest.lock"):
        text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
        pinned = [line for line in text.splitlines() if "==" in line and not line.startswith("#")]
        assert pinned
        assert [line for line in pinned if "--hash=sha256:" not in line] == [], name
