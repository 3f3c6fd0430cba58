"""``python -m deploy.openstack.server``: `openstack server create`, traced, and its page."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial

from deploy.harness.command_line import carry_out, say
from deploy.harness.errors import HarnessError
from deploy.harness.places import ROOT
from deploy.openstack import configuring, install, needs, site
from deploy.openstack.checks.no_secrets import no_secrets
from deploy.openstack.installation import SERVICES, Installation, removed
from deploy.openstack.places import NAME as HARNESS
from deploy.openstack.register import register
from deploy.openstack.report import row, table
from deploy.openstack.scenarios import Run, Scenario, traced, work_folder
from deploy.openstack.server.cloud import (
    SERVER,
    announce,
    furnish,
    introduce,
    rehearse,
    words_of_create,
)
from deploy.openstack.server.configuring import configure, prepare, prepare_mariadb
from deploy.openstack.server.parts import ENVIRONMENTS, NAME, PARTS, found_or_made_server
from deploy.openstack.server.running import BELOW, start_parts, stop_parts
from deploy.openstack.services import start_services, stop_services
from deploy.openstack.traces import Recorded

_PAGES = ROOT / "otelhook-openstack-server"


def up() -> Installation:
    """Install, configure, start and register whatever is not there yet."""
    if lacking := needs.missing():
        raise HarnessError("\n".join(lacking))
    install.ready((*install.ENVIRONMENTS, *ENVIRONMENTS))
    say("installed")
    installation = found_or_made_server()
    configuring.configure(installation)
    configure(installation)
    configuring.prepare(installation)
    prepare_mariadb(installation)
    start_parts(installation, BELOW)
    prepare(installation)
    say("configured")
    install.stop_if_other(installation.folders.run, partial(_stop_services_above, installation))
    start_services(installation, SERVICES)
    register(installation)
    announce(installation)
    start_parts(installation)
    say("started")
    introduce(installation)
    furnish(installation)
    say("registered")
    return installation


def _stop_services_above(installation: Installation) -> None:
    stop_parts(installation, PARTS[len(BELOW) :])
    stop_services(installation)


def down() -> None:
    """Stop what runs."""
    installation = found_or_made_server()
    stop_parts(installation)
    stop_services(installation)
    say("stopped")


def page(installation: Installation) -> int:
    """Run the command, write and build its pages, say what is on them; return the exit code."""
    rehearse(installation)
    say("rehearsed")
    recorded = Recorded(installation)
    began = time.monotonic()
    trace_id, _ = traced(installation, words_of_create(SERVER), work_folder(installation))
    run = Run(
        Scenario("server/create", words_of_create(SERVER)), trace_id, time.monotonic() - began
    )
    say(run.scenario.title)
    recorded.settled([trace_id])
    made = row(recorded, run)
    site.write(installation, [made], _PAGES)
    built = site.build(_PAGES)
    print(f"\n{table([made])}\n")
    say(f"built {built / 'index.html'}; trace {trace_id}")
    verdict = no_secrets(installation, _PAGES, "server/create")
    say("\n".join(verdict.lines()))
    return 1 if made.orphans or verdict.faults else 0


def everything() -> int:
    """Do all of it."""
    try:
        return page(up())
    finally:
        down()


def fresh() -> int:
    """Do all of it with a new installation."""
    down()
    removed(NAME)
    return everything()


_DOES: dict[str, tuple[str, Callable[[], object]]] = {
    "all": ("install, start, record, write the page, stop", everything),
    "fresh": ("the same with a new installation", fresh),
    "up": ("install and start, and leave it running", up),
    "book": ("record and write the page, with what is running", lambda: page(up())),
    "down": ("stop what is running", down),
}


def main() -> int:
    """Do what the command line says."""
    return carry_out("python -m deploy.openstack.server", __doc__, _DOES, HARNESS)


if __name__ == "__main__":
    sys.exit(main())
