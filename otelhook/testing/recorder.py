"""Records each test of a pytest run as a trace of its own, and writes its page."""

from __future__ import annotations

import contextlib
import functools
import os
import re
from collections.abc import Generator, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import context as context_api
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from otelhook.capture.bootstrap.servers import wrap_asgi, wrap_servers, wrap_wsgi
from otelhook.capture.context.attached import attached
from otelhook.capture.record.in_flight import end_answered, end_unfinished
from otelhook.capture.setup.process import process
from otelhook.exporters.encoding import encode, pack
from otelhook.otlp import decode_traces
from otelhook.redaction import Redactor, redact_text
from otelhook.render import render
from otelhook.sequence import compose
from otelhook.sequence.document import Document
from otelhook.testing.in_process import wrap_test_clients

__all__ = ["TestRecorder"]

_TEST, _SERVICE = "test", "service"
_FOLDER = "otelhook-pages"
_UNSAFE = re.compile(r"[^\w.\-]+", re.ASCII)
_LONGEST_NAME = 150
_LONGEST_REASON = 120
_MOST_SPANS = 20_000


class _Collected(SpanExporter):
    """Keeps spans by their trace, for as long as their test runs."""

    def __init__(self) -> None:
        self.by_trace: dict[int, list[ReadableSpan]] = {}

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        for span in spans:
            context = span.get_span_context()
            kept = None if context is None else self.by_trace.get(context.trace_id)
            if kept is not None and len(kept) < _MOST_SPANS:
                kept.append(span)
        return SpanExportResult.SUCCESS


class TestRecorder:
    """The plugin's hooks while it is on.

    Args:
        config: of the run; its options say where pages go and of which tests.
    """

    __test__ = False

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._folder = Path(config.getoption("--otelhook-dir") or _FOLDER)
        self._all = config.getoption("--otelhook-pages") == "all"
        self._collected = _Collected()
        processors = [SimpleSpanProcessor(self._collected)]
        # Two lifelines, though they are one process: who tests, and what is tested.
        process.instrument(_SERVICE, {}, span_processors=processors, default=False)
        self._tests = process.instrument(_TEST, {}, span_processors=processors, default=True)
        self._tracer = self._tests.tracer_provider.get_tracer("otelhook")
        self._root: Span | None = None
        self._title = ""
        self._context = Context()
        wrap_servers(process, _SERVICE)
        wrap_test_clients(
            functools.partial(wrap_wsgi, service=_SERVICE),
            functools.partial(wrap_asgi, service=_SERVICE),
            process.default_scope,
        )

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None]:
        """Run a test under a span, the root of its trace."""
        attributes = {"test.case.name": item.nodeid}
        self._title = item.name
        self._root = root = self._tracer.start_span(item.name, Context(), attributes=attributes)
        self._context = trace.set_span_in_context(root, Context())
        trace_id = root.get_span_context().trace_id
        self._collected.by_trace[trace_id] = []
        try:
            with attached(self._context):
                yield
        finally:
            root.end()
            self._collected.by_trace.pop(trace_id, None)

    def _phase(self, name: str) -> Any:
        return self._tracer.start_as_current_span(name, kind=SpanKind.INTERNAL)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_setup(self) -> Generator[None]:
        """Mark what fixtures do before the test."""
        with self._phase("set-up"):
            yield

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_teardown(self) -> Generator[None]:
        """Mark what fixtures do after the test."""
        with self._phase("teardown"):
            yield

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, Any]:
        """Write the page of a test that failed, or of each, and name it in the report."""
        outcome = yield
        report: pytest.TestReport = outcome.get_result()
        if report.failed and self._root is not None:
            self._root.set_status(Status(StatusCode.ERROR, f"{report.when} failed"))
        if not (report.failed or (self._all and call.when == "call")):
            return
        self._title = f"{item.name} {_outcome(report)}"
        with contextlib.suppress(OSError):
            page = self._write(item.nodeid)
            report.sections.append(("otelhook", str(page)))
            _attach(self._config, report, page)

    def document(self) -> Document:
        """Return the document of the test that runs now, as far as it has come.

        A response that the test still has, unread or unclosed, is in it with what was seen.
        """
        if self._root is None:
            return compose((), redactor=Redactor())
        trace_id = self._root.get_span_context().trace_id
        end_answered(trace_id)
        found = list(self._collected.by_trace.get(trace_id, ()))
        spans = decode_traces(pack(encode(found)))
        redactor = Redactor().for_trace(f"{trace_id:032x}")
        # The test's own span, which would name the document, has not ended yet.
        title = redact_text(redactor, self._title).value
        return replace(compose(spans, redactor=redactor), title=title)

    def _write(self, nodeid: str) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = _UNSAFE.sub("_", nodeid).strip("._")[-_LONGEST_NAME:]
        page = (self._folder / f"{name}.html").absolute()
        content = render(self.document(), "html")
        part = page.with_suffix(f".{os.getpid()}.part")
        descriptor = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        part.replace(page)
        return page

    def pytest_unconfigure(self) -> None:
        """End with the run."""
        context_api.detach(context_api.attach(Context()))
        end_unfinished()  # of responses that are kept: their spans are nobody's afterwards
        self._tests.shutdown()


def _outcome(report: pytest.TestReport) -> str:
    """Say what became of a test: where it failed, and the first line of what it failed with."""
    if not report.failed:
        return str(report.outcome)
    crash = getattr(report.longrepr, "reprcrash", None)
    said = "" if crash is None else crash.message.partition("\n")[0][:_LONGEST_REASON]
    where = "" if report.when == "call" else f" in {report.when}"
    return f"failed{where}: {said}" if said else f"failed{where}"


def _attach(config: pytest.Config, report: Any, page: Path) -> None:
    """Show the page in pytest-html's and Allure's reports, where those are made."""
    if config.pluginmanager.hasplugin("html"):
        with contextlib.suppress(ImportError):
            shown: Any = import_module("pytest_html.extras")
            report.extras = [*getattr(report, "extras", []), shown.url(str(page), name="otelhook")]
    if config.pluginmanager.hasplugin("allure_pytest"):
        with contextlib.suppress(ImportError):
            import allure  # type: ignore[import-not-found]

            whole: Any = allure
            whole.attach.file(str(page), name="otelhook", extension="html")
