"""Packages that add a source and a format, really installed, into a folder of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

import pytest

from otelhook.otlp import encode_traces
from otelhook.plug_ins import installed
from otelhook.render.json import from_json

GOOD = """
import sys
sys.stderr.write("imported\\n")

from otelhook.model import Span, SpanId, SpanKind, TraceId
from otelhook.sources import SpansSource


def open_tape(place):
    span = Span(
        TraceId("a" * 32), SpanId("b" * 16), None, "GET", SpanKind.CLIENT, 1_000, 2_000,
        {"http.request.method": "GET", "url.full": f"http://tape/{place}"},
    )
    return SpansSource(f"the tape {place}", [span])


def render_words(document):
    return f"{len(document.steps)} steps of {document.title}\\n"


def nothing(*_):
    return None


def broken(*_):
    return 1 / 0


class Odd:
    name = "odd"
    def find(self, prefix):
        return [1]
    def newest(self, limit):
        return ["a" * 32]
    def trace(self, trace_id):
        return None


def odd(place):
    return Odd()


def leaves(place):
    raise SystemExit(3)


answer = 42
"""
SOURCES = "otelhook.sources"
RENDERERS = "otelhook.renderers"

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def make_wheel(folder: Path, name: str, code: str, points: Mapping[str, Mapping[str, str]]) -> Path:
    """Write a wheel (PEP 427) of one module."""
    path = folder / f"{name}-1.2-py3-none-any.whl"
    info = f"{name}-1.2.dist-info"
    declared = "".join(
        f"[{group}]\n" + "".join(f"{key} = {name}:{value}\n" for key, value in of_group.items())
        for group, of_group in points.items()
    )
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", code)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/entry_points.txt", declared)
        wheel.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with packages that pip has put there."""
    folder = tmp_path_factory.mktemp("plug_ins")
    points = {
        SOURCES: {
            "tape": "open_tape",
            "none": "nothing",
            "broken": "broken",
            "odd": "odd",
            "leaves": "leaves",
            "number": "answer",
            "gone": "no_such_function",
            "jaeger": "open_tape",
            "twice": "open_tape",
        },
        RENDERERS: {
            "words": "render_words",
            "none": "nothing",
            "broken": "broken",
            "number": "answer",
            "html": "render_words",
        },
    }
    wheels = [
        make_wheel(folder, "acme_tape", GOOD, points),
        make_wheel(folder, "acme_other", GOOD, {SOURCES: {"twice": "open_tape"}}),
        make_wheel(
            folder,
            "acme_bad",
            "import no_such_module_at_all\n",
            {SOURCES: {"bad": "x"}, RENDERERS: {"bad": "x"}},
        ),
    ]
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*install, "--target", folder / "site", *wheels], check=True)
    return folder / "site"


@pytest.fixture
def otelhook(site: Path, tmp_path: Path) -> Command:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "otelhook", *words],
            env={**os.environ, "PYTHONPATH": str(site), "OTELHOOK_DATA_DIR": str(tmp_path)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_a_source_of_another_package_is_opened_by_its_name(otelhook: Command) -> None:
    done = otelhook("render", "--from", "tape:side a", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "imported\n")
    assert from_json(done.stdout).steps[0].path == "/side a"


def test_a_format_of_another_package_is_rendered_by_its_name(
    otelhook: Command, tmp_path: Path
) -> None:
    done = otelhook("render", "--from", "tape:x", "--format", "words", "-o", str(tmp_path / "out"))
    assert (done.returncode, done.stderr) == (0, "imported\n")
    assert (tmp_path / "out").read_text() == "2 steps of GET /x\n"


def test_nothing_is_imported_whose_name_is_not_used(
    otelhook: Command, tmp_path: Path, plain_trace: Path
) -> None:
    for words in (
        ("traces",),
        ("render", "--help"),
        ("render", "--from", str(plain_trace), "--format", "json"),
        ("render", "--from", f"otlp:{plain_trace}", "-o", str(tmp_path / "page.html")),
        ("render", "--from", "no such file"),
        ("render", "--from", str(plain_trace), "--format", "paper"),
    ):
        assert "imported" not in otelhook(*words).stderr


@pytest.fixture
def plain_trace(tmp_path: Path) -> Path:
    from otelhook.model import Span, SpanId, SpanKind, TraceId  # noqa: PLC0415

    span = Span(TraceId("a" * 32), SpanId("b" * 16), None, "GET", SpanKind.SERVER, 1, 2)
    (tmp_path / "trace").write_bytes(encode_traces([span]))
    return tmp_path / "trace"


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("bad:x", "the plug-in 'bad' of acme_bad 1.2 cannot be loaded: ModuleNotFoundError: No"),
        ("gone:x", "the plug-in 'gone' of acme_tape 1.2 cannot be loaded: AttributeError: "),
        ("none:x", "the plug-in 'none' of acme_tape 1.2 returned nothing, which has no name, find"),
        ("broken:x", "the plug-in 'broken' of acme_tape 1.2 failed: ZeroDivisionError: "),
        ("leaves:x", "the plug-in 'leaves' of acme_tape 1.2 failed: SystemExit: 3"),
        ("odd:x", "the plug-in 'odd' of acme_tape 1.2 returned nothing, expected a Trace"),
        (
            "number:x",
            "the plug-in 'number' of acme_tape 1.2 is something of type int, expected",
        ),
        ("twice:x", "'twice' is a plug-in of acme_other 1.2 and of acme_tape 1.2: uninstall one"),
    ],
)
def test_a_source_that_cannot_be_used_is_one_line_that_names_its_package(
    otelhook: Command, spec: str, said: str
) -> None:
    _one_line(otelhook("render", "--from", spec), said)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("bad", "the plug-in 'bad' of acme_bad 1.2 cannot be loaded: ModuleNotFoundError: No"),
        ("none", "the plug-in 'none' of acme_tape 1.2 returned nothing, expected text or bytes"),
        ("broken", "the plug-in 'broken' of acme_tape 1.2 failed: ZeroDivisionError: "),
        (
            "number",
            "the plug-in 'number' of acme_tape 1.2 is something of type int, expected",
        ),
        ("paper", "unknown format 'paper': choose one of bad, broken, confluence, curl, har"),
    ],
)
def test_a_format_that_cannot_be_used_is_one_line_that_names_its_package(
    otelhook: Command, plain_trace: Path, form: str, said: str
) -> None:
    _one_line(otelhook("render", "--from", str(plain_trace), "--format", form), said)


def _one_line(done: subprocess.CompletedProcess[str], said: str) -> None:
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if line != "imported"]
    assert line.startswith(f"otelhook: {said}")
    assert done.stdout == ""


def test_a_name_that_otelhook_has_stays_otelhooks_and_the_line_names_the_package(
    otelhook: Command, tmp_path: Path, plain_trace: Path
) -> None:
    (tmp_path / "file").write_text('{"data": []}')
    done = otelhook("traces", "--from", "jaeger:file")
    assert done.stderr.splitlines()[0] == (
        "otelhook: the plug-in 'jaeger' of acme_tape 1.2 is not used: "
        "otelhook has a jaeger of its own"
    )
    done = otelhook("render", "--from", str(plain_trace), "--format", "html")
    assert done.stdout.startswith("<!doctype html>")
    assert done.stderr.endswith(
        "the plug-in 'html' of acme_tape 1.2 is not used: otelhook has a html of its own\n"
    )


def test_a_source_that_is_none_lists_the_plug_ins_too(otelhook: Command) -> None:
    done = otelhook("traces", "--from", "paper:x")
    assert done.returncode == 2
    assert "unknown source 'paper:x'; known: store, " in done.stderr
    assert ", bad, broken, " in done.stderr


def _declared_in(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 3\n")
    (folder / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 3\n")
    (folder / "entry_points.txt").write_text(f"[{RENDERERS}]\nslides = acme:slides\n")


@pytest.mark.parametrize(
    ("entry", "metadata"),
    [
        (".", "acme-3.dist-info"),
        (".", "Acme-3.Dist-Info"),
        (".", "acme.egg-info"),
        (".", "acme-3-py3.11.egg-info"),
        ("acme-3.egg", "acme-3.egg/EGG-INFO"),
        ("acme-3.egg", "acme-3.egg/egg-info"),
    ],
)
def test_a_plug_in_is_found_in_each_kind_of_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str, metadata: str
) -> None:
    _declared_in(tmp_path / metadata)
    monkeypatch.syspath_prepend(str(tmp_path / entry))
    assert "slides" in {plug_in.name for plug_in in installed(RENDERERS)}
    assert "slides" not in {plug_in.name for plug_in in installed(SOURCES)}


def test_a_plug_in_is_found_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _declared_in(tmp_path / "acme-3.dist-info")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    assert "slides" in {plug_in.name for plug_in in installed(RENDERERS)}


def test_a_plug_in_is_found_in_an_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = make_wheel(tmp_path, "acme", GOOD, {RENDERERS: {"slides": "render_words"}})
    monkeypatch.syspath_prepend(str(wheel))
    assert "slides" in {plug_in.name for plug_in in installed(RENDERERS)}


def test_a_plug_in_is_found_by_an_importer_of_somebodys_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _declared_in(tmp_path / "acme-3.dist-info")

    class Importer:
        def find_spec(self, *_: object) -> None:
            return None

        def find_distributions(self, *_: object) -> Iterator[Distribution]:
            yield PathDistribution(tmp_path / "acme-3.dist-info")

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Importer()])
    assert "slides" in {plug_in.name for plug_in in installed(RENDERERS)}


@pytest.mark.parametrize("place", ["no such folder", "a file", "a package without declarations"])
def test_where_no_package_is_there_is_no_plug_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (tmp_path / "a file").write_text("")
    (tmp_path / "a package without declarations" / "acme-3.dist-info").mkdir(parents=True)
    (tmp_path / "a package without declarations" / "old.egg-info").write_text("")
    before = [plug_in.name for plug_in in installed(RENDERERS)]
    monkeypatch.syspath_prepend(str(tmp_path / place))
    assert [plug_in.name for plug_in in installed(RENDERERS)] == before
