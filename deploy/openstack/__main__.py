"""``python -m deploy.openstack``: OpenStack, traced, and the site of its commands."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial

from deploy.harness.command_line import carry_out, passed, say
from deploy.harness.errors import HarnessError
from deploy.harness.places import ROOT
from deploy.openstack import install, needs, site, versions
from deploy.openstack.checks.at_once import ten_at_once
from deploy.openstack.checks.early_answers import early_answers
from deploy.openstack.checks.ending import no_span_is_lost
from deploy.openstack.checks.no_secrets import no_secrets
from deploy.openstack.checks.same_bytes import same_bytes
from deploy.openstack.checks.same_twice import same_twice
from deploy.openstack.configuring import configure, prepare
from deploy.openstack.installation import SERVICES, Installation, found_or_made, removed
from deploy.openstack.places import NAME
from deploy.openstack.recording import write_recorded
from deploy.openstack.register import register
from deploy.openstack.report import document, row, table
from deploy.openstack.scenarios import Run, run_all, warm_up
from deploy.openstack.seed import compare, lines
from deploy.openstack.services import start_services, stop_services
from deploy.openstack.traces import Recorded

_OLDER = "oldest"
"""The installation whose glance is the oldest that starts here."""
_PAGES = ROOT / "otelhook-openstack"
_VERSIONS = ROOT / "otelhook-openstack-versions"


def up(name: str = "default", glance: str = "glance") -> Installation:
    """Install, configure, start and register whatever is not there yet.

    Args:
        name: of the installation.
        glance: the environment that its glance is started from.
    """
    if lacking := needs.missing():
        raise HarnessError("\n".join(lacking))
    install.ready((*install.ENVIRONMENTS, *({glance} - {*install.ENVIRONMENTS})))
    say("installed")
    installation = found_or_made(name, glance=glance)
    configure(installation)
    prepare(installation)
    say("configured")
    _start(installation)
    say("started")
    register(installation)
    say("registered")
    return installation


def _start(installation: Installation) -> None:
    """Start what does not run, and again what runs with another otelhook than this one."""
    install.stop_if_other(installation.folders.run, partial(stop_services, installation))
    start_services(installation, SERVICES)


def book(installation: Installation) -> int:
    """Run the commands, write and build the site, print the tables; return the exit code."""
    recorded = Recorded(installation)
    warm_up(installation)
    say("warm")
    recorded.quiet()
    before = recorded.ids()
    runs: list[Run] = []
    for run in run_all(installation):
        runs.append(run)
        say(run.scenario.title)
    recorded.settled([run.trace_id for run in runs])
    rows = [row(recorded, run) for run in runs]
    site.write(installation, rows, _PAGES)
    built = site.build(_PAGES)
    say(f"built {built / 'index.html'}")
    print(f"\n{table(rows)}\n")
    comparison = compare(document(recorded, runs[0].trace_id))
    print("\n".join(["openstack image create:", *lines(comparison)]))
    strays = recorded.ids() - before - {run.trace_id for run in runs}
    print(f"\ntraces of none of these commands: {len(strays)}")
    wrong = len(strays) + comparison.unexplained + sum(row.orphans for row in rows)
    return 1 if wrong else 0


def record(installation: Installation) -> None:
    """Write the traces that otelhook's own tests are made on."""
    recorded = Recorded(installation)
    warm_up(installation, small=True)
    runs = list(run_all(installation, small=True))
    recorded.settled([run.trace_id for run in runs])
    for file in write_recorded(installation, runs):
        say(f"wrote {file}")


def check(installation: Installation) -> int:
    """Try what must hold on the running services; return the exit code."""
    wrong = 0
    secrets = partial(no_secrets, pages=_PAGES)
    checks = (ten_at_once, early_answers, no_span_is_lost, same_twice, same_bytes, secrets)
    for one in checks:
        verdict = one(installation)
        wrong += bool(verdict.faults)
        say("\n".join(verdict.lines()))
    return 1 if wrong else 0


def down() -> None:
    """Stop what runs."""
    for name in ("default", _OLDER):
        stop_services(found_or_made(name))
    say("stopped")


def releases() -> int:
    """Run the commands with two releases of glance, and build the pages of what differs."""
    try:
        listed = versions.compared(up(_OLDER, versions.OLDEST), up())
    finally:
        down()
    versions.write(listed, _VERSIONS)
    say(f"built {site.build(_VERSIONS) / 'index.html'}")
    for one in listed:
        say(f"{one.scenario.title}: {len(one.comparison.findings)} differences")
    others = [one for one in listed if not one.scenario.page.startswith("image/")]
    return int(any(one.comparison.findings for one in others))


def everything() -> int:
    """Do all of it."""
    try:
        installation = up()
        return max(book(installation), check(installation))
    finally:
        down()
        say(f"{passed() / 60:.1f} minutes in all")


def fresh() -> int:
    """Do all of it with a new installation."""
    down()
    removed()
    return everything()


_DOES: dict[str, tuple[str, Callable[[], object]]] = {
    "all": ("install, start, record, build the site, check, stop", everything),
    "fresh": ("the same with a new installation: databases, keys and rings", fresh),
    "up": ("install and start, and leave it running", up),
    "book": ("record and build the site, with what is running", lambda: book(up())),
    "check": ("try what must hold on the running services", lambda: check(up())),
    "record": ("write traces for otelhook's tests", lambda: record(up())),
    "versions": ("compare two releases of glance", releases),
    "down": ("stop what is running", down),
}


def main() -> int:
    """Do what the command line says."""
    return carry_out("python -m deploy.openstack", __doc__, _DOES, NAME)


if __name__ == "__main__":
    sys.exit(main())
