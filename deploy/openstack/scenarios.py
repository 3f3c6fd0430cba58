"""The commands whose pages make the book, and what has to be there before they run."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.harness.errors import HarnessError
from deploy.openstack.install import program
from deploy.openstack.installation import Installation
from deploy.openstack.services import start_services, stop_services

__all__ = ["COMMANDS", "IMAGE", "Run", "Scenario", "openstack", "run_all", "traced", "warm_up"]

IMAGE = "cirros-0.6.1-x86_64-disk"
"""The seed's image by name; ours has the same form (qcow2) and other bytes."""
SHARED = "shared-with-demo"
_IMAGE_BYTES = 3_000_000
_SMALL_BYTES = 2_000


@dataclass(frozen=True, slots=True)
class Scenario:
    """A command that gets a page."""

    page: str
    """The page's folder below openstack/: ``image/create``."""
    words: tuple[str, ...]
    """What follows ``openstack`` on the command line."""

    @property
    def title(self) -> str:
        """The command's name, without its arguments."""
        return "openstack " + self.page.replace("/", " ").replace("-", " ")


@dataclass(frozen=True, slots=True)
class Run:
    """A scenario that was run."""

    scenario: Scenario
    trace_id: str
    seconds: float


COMMANDS = (
    Scenario(
        "image/create",
        (
            *("image", "create", "--disk-format", "qcow2", "--file", f"{IMAGE}.img"),
            *("--public", "--format", "json", IMAGE),
        ),
    ),
    Scenario("image/list", ("image", "list")),
    Scenario("image/show", ("image", "show", IMAGE)),
    Scenario("image/save", ("image", "save", "--file", "saved.img", IMAGE)),
    Scenario("image/add-project", ("image", "add", "project", SHARED, "demo")),
    Scenario("image/member-list", ("image", "member", "list", SHARED)),
    Scenario("image/remove-project", ("image", "remove", "project", SHARED, "demo")),
    Scenario(
        "image/set", ("image", "set", "--tag", "small", "--property", "os_distro=cirros", IMAGE)
    ),
    Scenario("image/unset", ("image", "unset", "--tag", "small", "--property", "os_distro", IMAGE)),
    Scenario("image/delete", ("image", "delete", IMAGE)),
    Scenario("resource/provider-create", ("resource", "provider", "create", "rack-1")),
    Scenario(
        "resource/provider-inventory-set",
        (
            *("resource", "provider", "inventory", "set"),
            *("--resource", "VCPU=8", "--resource", "MEMORY_MB=4096", "{provider}"),
        ),
    ),
)


def openstack(
    installation: Installation,
    words: Sequence[str],
    *,
    folder: Path,
    before: Sequence[str] = (),
    environ: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run ``openstack`` as its user would: by its name, found on PATH.

    Args:
        installation: with whose keystone.
        words: what follows on the command line.
        folder: where it runs.
        before: what stands before it on the command line.
        environ: in place of variables of the same name.
    """
    programs = Path(program("client", "openstack")).parent
    wider = installation.client_environment() | {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"
    }
    return subprocess.run(
        [*before, "openstack", *words],
        cwd=folder,
        env=wider | (environ or {}),
        capture_output=True,
        check=False,
        text=True,
    )


def traced(installation: Installation, words: Sequence[str], folder: Path) -> tuple[str, str]:
    """Run a command under ``otelhook run --record-output``; return its trace id and its output.

    Raises:
        HarnessError: it failed, or was not recorded.
    """
    before = (program("client", "otelhook"), "run", "--record-output", "--")
    done = openstack(installation, words, folder=folder, before=before)
    _, found, rest = done.stderr.partition("recorded trace ")
    if done.returncode or not found:
        message = (
            f"openstack {' '.join(words)} ended with {done.returncode}:\n{done.stderr[-2000:]}"
        )
        raise HarnessError(message)
    return rest[:32], done.stdout


def work_folder(installation: Installation, *, small: bool = False) -> Path:
    """Return the folder that commands run in, with the image in it; one has it small."""
    folder = installation.folders.root / ("work-small" if small else "work")
    folder.mkdir(exist_ok=True)
    image = folder / f"{IMAGE}.img"
    if not image.exists():
        _make_image(image, small=small)
    return folder


def _make_image(image: Path, *, small: bool) -> None:
    """Make a qcow2 image with the same bytes each time: of 8 MiB, or a file of some kilobytes."""
    raw = image.with_suffix(".raw")
    content = random.Random(6).randbytes(_SMALL_BYTES if small else _IMAGE_BYTES)  # noqa: S311
    raw.write_bytes(content)
    os.truncate(raw, (8 << 10) if small else (8 << 20))
    cluster = ["-o", f"cluster_size={512 if small else 65536}"]
    convert = ["qemu-img", "convert", "-f", "raw", "-O", "qcow2", *cluster, str(raw), str(image)]
    subprocess.run(convert, check=True, capture_output=True)
    raw.unlink()


def warm_up(installation: Installation, *, small: bool = False) -> None:
    """Bring the cloud into the state that the seed's was in, without recording the way there.

    Its container and account exist, swift has a token of its own and memcached knows the account;
    glance has just been started, and has no token yet. And an image that is shared, for the
    commands about members. What an earlier run has left is removed.

    Raises:
        HarnessError: a command failed.
    """
    folder = work_folder(installation, small=small)
    listed = must(installation, ("image", "list", "-f", "value", "-c", "ID"), folder)
    if listed.split():
        must(installation, ("image", "delete", *listed.split()), folder)
    providers = ("resource", "provider", "list", "-f", "value", "-c", "uuid")
    for provider in must(installation, providers, folder).split():
        must(installation, ("resource", "provider", "delete", provider), folder)
    (folder / "saved.img").unlink(missing_ok=True)
    made = ("image", "create", "--shared", "--disk-format", "qcow2", "--file", f"{IMAGE}.img")
    must(installation, (*made, SHARED), folder)
    stop_services(installation, ["glance-api"])
    start_services(installation, ["glance-api"])


def must(installation: Installation, words: Sequence[str], folder: Path) -> str:
    done = openstack(installation, words, folder=folder)
    if done.returncode:
        message = (
            f"openstack {' '.join(words)} ended with {done.returncode}:\n{done.stderr[-2000:]}"
        )
        raise HarnessError(message)
    return done.stdout


def run_all(installation: Installation, *, small: bool = False) -> Iterator[Run]:
    """Run the scenarios, each in a trace of its own, with the image or with a small one.

    Raises:
        HarnessError: one failed.
    """
    folder = work_folder(installation, small=small)
    values: dict[str, str] = {}
    for scenario in COMMANDS:
        began = time.monotonic()
        trace_id, output = traced(
            installation, [word.format_map(values) for word in scenario.words], folder
        )
        if scenario.page == "resource/provider-create":
            values["provider"] = next(
                row.split("|")[2].strip() for row in output.splitlines() if "| uuid" in row
            )
        yield Run(scenario, trace_id, time.monotonic() - began)
