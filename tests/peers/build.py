"""Builds the programs that the suite runs against, once, into a cache outside the tree.

    python tests/peers/build.py [NAME ...]    build what is missing of these, else of all; say
                                              what it took
    python tests/peers/build.py --path NAME   print where a program is; fail and say why it is not
    python tests/peers/build.py --need        fail and say why, if the suite would have nothing to
                                              run

The cache is ``$OTELHOOK_PEERS``, else ``otelhook/peers`` in ``$XDG_CACHE_HOME`` or ``~/.cache``.
Jaeger, its example HotROD and the OpenTelemetry Collector are built with Go from their modules,
programs that send every signal with Go's and Node's SDKs from ``senders/``; rotel and
kubernetes-validate come from PyPI, Zipkin from Maven Central.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PEERS", "Peer", "cache", "main", "why_missing"]

HERE = Path(__file__).parent
ARGUMENTS = ["-trimpath", "-ldflags=-s -w"]
SENDERS = HERE / "senders"
MISSING = {
    "go": "no Go: install 1.25 or newer (Debian's golang-go from backports, or go.dev/dl)",
    "npm": "no npm: install Node.js 20 or newer, with npm",
    "mvn": "no Maven: install Debian's packages maven and openjdk-17-jre-headless",
}
COLLECTOR = "v0.159.0"
JAEGER = "v1.76.0"
ROTEL = "0.0.1a15"
ZIPKIN = "3.4.4"
KUBERNETES = "1.37.0"
PARTS = hashlib.sha256((HERE / "collector.yaml").read_bytes()).hexdigest()[:8]
"""What the Collector is made of: another is built when that changes."""


class CannotBuildError(Exception):
    """What went wrong, in a line."""


class NotForHereError(CannotBuildError):
    """There is none for this machine: the suite runs without."""


@dataclass(frozen=True)
class Peer:
    """A program: the folder that it is kept in, its file there, and how it gets there."""

    folder: str
    program: str
    build: Callable[[Path, Path], None]
    """Takes the folder to fill and a folder to work in."""
    needs: str = "go"
    """The program that it is built with, if any."""

    @property
    def path(self) -> Path:
        return cache() / self.folder / self.program


def cache(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder that the programs are kept in."""
    if environ.get("OTELHOOK_PEERS"):
        return Path(environ["OTELHOOK_PEERS"])
    caches = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME", "~")).expanduser() / ".cache"
    return Path(caches) / "otelhook" / "peers"


def _jaeger(folder: Path, work: Path) -> None:
    """Build Jaeger 2 within its own module.

    ``go install`` refuses it, for its go.mod has a replace; and releases since v2.14 have no
    version that Go's module proxy knows, for the module's path does not end in /v2. The release
    v1.76.0 is, in ``cmd/jaeger``, Jaeger 2.13.0.
    """
    _build_of_jaeger(work, "./cmd/jaeger", folder / "jaeger")


def _hotrod(folder: Path, work: Path) -> None:
    """Build HotROD, an example of Jaeger's, within the same module."""
    _build_of_jaeger(work, "./examples/hotrod", folder / "hotrod")


def _build_of_jaeger(work: Path, package: str, program: Path) -> None:
    module = f"github.com/jaegertracing/jaeger@{JAEGER}"
    said = _run(["go", "mod", "download", "-json", module], work)
    tree = work / "jaeger"
    shutil.copytree(json.loads(said)["Dir"], tree)
    for path in (tree, *tree.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200)  # Go keeps its modules read-only
    _run(["go", "build", *ARGUMENTS, "-o", str(program), package], tree)


def _sender_go(folder: Path, work: Path) -> None:
    """Build the program that sends every signal with Go's SDK."""
    tree = shutil.copytree(SENDERS / "go", work / "sender")
    _run(["go", "build", *ARGUMENTS, "-o", str(folder / "sender"), "."], tree)


def _sender_node(folder: Path, work: Path) -> None:
    """Install what the program that does so with Node's needs."""
    tree = shutil.copytree(SENDERS / "node", work / "sender")
    _run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], tree)
    shutil.copytree(tree, folder, dirs_exist_ok=True, symlinks=True)


def _hash(sender: str) -> str:
    """Return what says whether a sender is built as it is now."""
    files = sorted(path for path in (SENDERS / sender).iterdir() if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:8]


def _collector(folder: Path, work: Path) -> None:
    """Have the Collector's own builder make one from the parts that collector.yaml names."""
    module = f"go.opentelemetry.io/collector/cmd/builder@{COLLECTOR}"
    _run(["go", "install", module], work, GOBIN=str(work))
    manifest = (HERE / "collector.yaml").read_text().replace("VERSION", COLLECTOR)
    (work / "manifest.yaml").write_text(manifest)
    _run([str(work / "builder"), "--config", "manifest.yaml"], work)
    shutil.move(work / "made" / "otelcol", folder / "otelcol")


def _rotel(folder: Path, work: Path) -> None:
    """Install rotel, a collector in Rust."""
    _pip(folder, work, "--no-deps", f"rotel=={ROTEL}")


def _kubernetes(folder: Path, work: Path) -> None:
    """Install what checks manifests against the schemas of Kubernetes' releases."""
    _pip(folder, work, f"kubernetes-validate=={KUBERNETES}")


def _pip(folder: Path, work: Path, *words: str) -> None:
    """Install from PyPI into a folder of its own."""
    venv.create(work / "venv", with_pip=True)
    pip = [str(work / "venv" / "bin" / "python"), "-m", "pip", "-q", "install"]
    try:
        _run([*pip, "--target", str(folder), *words], work)
    except CannotBuildError as error:
        if "No matching distribution" in str(error):
            version = ".".join(map(str, sys.version_info[:2]))
            message = f"PyPI has none for Python {version} on this machine"
            raise NotForHereError(message) from None
        raise


def _zipkin(folder: Path, work: Path) -> None:
    """Have Maven fetch Zipkin's server, one file for Java 17 or newer."""
    artifact = f"io.zipkin:zipkin-server:{ZIPKIN}:jar:exec"
    get = ["mvn", "-q", "-B", "dependency:get", f"-Dartifact={artifact}", "-Dtransitive=false"]
    _run([*get, f"-Dmaven.repo.local={work}"], work)
    for jar in work.rglob("zipkin-server-*-exec.jar"):
        shutil.move(jar, folder / "zipkin.jar")


PEERS: Mapping[str, Peer] = {
    "jaeger": Peer(f"jaeger-{JAEGER}", "jaeger", _jaeger),
    "hotrod": Peer(f"hotrod-{JAEGER}", "hotrod", _hotrod),
    "collector": Peer(f"collector-{COLLECTOR}-{PARTS}", "otelcol", _collector),
    "rotel": Peer(f"rotel-{ROTEL}", "rotel/rotel-agent", _rotel, needs=""),
    "sender-go": Peer(f"sender-go-{_hash('go')}", "sender", _sender_go),
    "sender-node": Peer(f"sender-node-{_hash('node')}", "send.js", _sender_node, needs="npm"),
    "kubernetes-validate": Peer(
        f"kubernetes-validate-{KUBERNETES}",
        "kubernetes_validate/__init__.py",
        _kubernetes,
        needs="",
    ),
    "zipkin": Peer(f"zipkin-{ZIPKIN}", "zipkin.jar", _zipkin, needs="mvn"),
}


def why_missing(name: str) -> str:
    """Say why a program cannot be run, nothing if it can."""
    peer = PEERS[name]
    if name == "zipkin" and shutil.which("java") is None:
        return "zipkin needs Java 17 or newer: Debian's openjdk-17-jre-headless"
    if peer.path.is_file():
        return ""
    if peer.needs and shutil.which(peer.needs) is None:
        return f"{name} is not built and there is {MISSING[peer.needs]}"
    return f"{name} is not built: run make peers, or python tests/peers/build.py"


def _run(words: list[str], folder: Path, **environ: str) -> str:
    """Run a command, at the lowest priority: it takes minutes, and somebody may be working."""
    if shutil.which("nice"):
        words = ["nice", "-n", "19", *words]
    # CGO: a C compiler is not needed. GOTOOLCHAIN: a Go that is too old says so, and fetches none.
    further = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", **environ}
    done = subprocess.run(
        words, cwd=folder, env=os.environ | further, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-3:]
        message = f"{' '.join(words)} failed: {' / '.join(last)}"
        raise CannotBuildError(message)
    return done.stdout


def _build(name: str, peer: Peer) -> str:
    """Build a program, and say what it took."""
    cache().mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=cache()) as folder:
        made, work = Path(folder) / "made", Path(folder) / "work"
        made.mkdir()
        work.mkdir()
        peer.build(made, work)
        if not (made / peer.program).is_file():
            message = f"{name}: its build made no {peer.program}"
            raise CannotBuildError(message)
        shutil.rmtree(cache() / peer.folder, ignore_errors=True)
        made.rename(cache() / peer.folder)
    minutes = (time.monotonic() - began) / 60
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    size = peer.path.stat().st_size / 1024**2
    return (
        f"{name}: built in {minutes:.1f} min, its largest process so far took {memory:.0f} MB; "
        f"{peer.path} has {size:.0f} MB"
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(words: list[str]) -> int:
    """Build what is missing. Having no Go is no failure: the suite says so and runs the rest."""
    if "--need" in words:
        if shutil.which("go") or any(
            not why_missing(name) for name in PEERS if PEERS[name].needs == "go"
        ):
            return 0
        _say(MISSING["go"])
        return 1
    if "--path" in words:
        name = words[-1]
        missing = why_missing(name)
        _say(missing or str(PEERS[name].path))
        return 1 if missing else 0
    failed = 0
    for name, peer in PEERS.items():
        if words and name not in words:
            continue
        if peer.path.is_file():
            _say(f"{name}: {peer.path}")
        elif peer.needs and shutil.which(peer.needs) is None:
            _say(f"{name}: {MISSING[peer.needs]}")
        else:
            try:
                _say(_build(name, peer))
            except (CannotBuildError, OSError) as error:
                _say(f"{name}: {error}")
                failed |= not isinstance(error, NotForHereError)
    return failed


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
