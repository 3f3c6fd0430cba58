"""A shell script that makes the requests of a document again, one curl command an exchange.

Nothing captured is ever executed: what is passed on is quoted for a POSIX shell, what is said
stands in comments of one line, and what curl would take for something else (``@file`` as a body,
``[1-9]`` in an address, a header without a value) is spelled so that it does not. Redacted values
are variables, which the head of the script names and asks for.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from otelhook.render.curl.secrets import Secret, Secrets
from otelhook.render.shared.header_names import usual_name
from otelhook.render.shared.plain import one_line
from otelhook.render.shared.request_urls import address, header_value, path_and_query
from otelhook.render.shared.tracing_headers import TRACING_HEADERS
from otelhook.render.shared.wording import counts_line, others_line
from otelhook.sequence.document import Body, Document, Header, Protocol, Step, StepKind

__all__ = ["render_curl"]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A method or a header's name: RFC 9110, 5.6.2."""

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")
"""What would end a header line, a terminal obeys, or cannot be passed on at all."""

_SPELLED = re.compile("[\\\\\x01-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_ACTING = re.compile("[\x01-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What a terminal obeys of a script that is shown in it."""

_ARGUMENT_LIMIT = 100_000
"""Bytes; Linux takes no argument above 131,072."""

_OWN = frozenset(
    {
        *("host", "content-length", "connection", "keep-alive", "proxy-connection"),
        *("transfer-encoding", "te", "trailer", "upgrade", "http2-settings", "expect"),
        *("user-agent", "accept-encoding"),
    }
)
"""Headers that curl sets itself; compression has an option."""

_NO_ANSWER = "outcome not recorded"


def render_curl(document: Document) -> str:
    """Return the script; it ends in a newline."""
    secrets = Secrets(document)
    ends: dict[int, Step] = {}
    for step in document.steps:
        if step.kind is not StepKind.REQUEST:
            ends.setdefault(step.exchange, step)
    calls: list[str] = []
    for step in document.steps:
        if step.kind is StepKind.REQUEST and step.protocol is Protocol.HTTP:
            calls += ["", *_comments(step, ends.get(step.exchange)), *_command(step, secrets)]
    return "\n".join([*_head(document, secrets.used), *calls, ""])


def _head(document: Document, secrets: tuple[Secret, ...]) -> Iterator[str]:
    yield "#!/bin/sh"
    yield _comment(document.title)
    yield "# The requests of a trace, in their order, services' calls to one another among them."
    for line in (others_line(document), counts_line(document)):
        if line:
            yield _comment(line)
    yield "set -eu"
    if not secrets:
        return
    yield ""
    yield "# Values that were hidden when the trace was recorded: set them before running this."
    for secret in secrets:
        issued = f", issued in {secret.issued}" if secret.issued else ""
        yield _comment(f"{secret.name} stands in ({secret.first}) {secret.place}{issued}")
    for secret in secrets:
        yield f': "${{{secret.name}:?set it, the head of this script says what it is}}"'


def _comments(request: Step, end: Step | None) -> Iterator[str]:
    nested = ", within another request" if request.depth else ""
    parties = f"{request.source} --> {request.target}"
    yield _comment(f"({request.number}) {request.title}, {parties}{nested}")
    if end is None:
        yield _comment(_NO_ANSWER)
    else:
        yield _comment(f"({end.number}) {end.title}")


def _comment(text: str) -> str:
    return f"# {one_line(text)}"


def _command(step: Step, secrets: Secrets) -> Iterator[str]:
    if not _TOKEN.fullmatch(step.method):
        yield _comment(f"left out: {step.method} is not a method")
        return
    socket = step.address.socket if step.address is not None else ""
    # curl wants a host beside a socket, and sends it as the Host header.
    whole = f"http://localhost{path_and_query(step)}" if socket else address(step)
    url = secrets.quoted(whole, step, "url", escaped=True)
    # HEAD named as a method would make curl wait for a body that never comes.
    method = "--head" if step.method == "HEAD" else f"--request {shlex.quote(step.method)}"
    words = [f"curl {method} --globoff --path-as-is"]
    if "gzip" in header_value(step.headers, "accept-encoding").lower():
        words[0] += " --compressed"
    if socket:
        words += [f"{_socket_option(socket)} {secrets.quoted(_one_path(socket), step, 'url')}"]
    words += [f"--url {url}"]
    words += [f"--header {line}" for line in _headers(step, secrets)]
    before = ""
    has_body = step.body is not None and (step.body.content or step.body.size)
    if step.body is not None and has_body and step.method != "HEAD":
        if not header_value(step.headers, "content-type"):
            words.append("--header 'Content-Type:'")  # or curl would call it a form
        for line in _body_notes(step, step.body):
            yield _comment(line)
        before, data = _data(step, step.body, secrets)
        words.append(data)
    yield before + " \\\n    ".join(words)


def _socket_option(socket: str) -> str:
    return "--abstract-unix-socket" if socket.startswith("@") else "--unix-socket"


def _one_path(socket: str) -> str:
    return _CONTROLS.sub(" ", socket).removeprefix("@") or "/"


def _headers(step: Step, secrets: Secrets) -> Iterator[str]:
    for header in step.headers:
        # A new request is no part of the old trace.
        if header.name in _OWN or TRACING_HEADERS.fullmatch(header.name):
            continue
        if header.name == "accept" and header.value.strip() == "*/*":
            continue
        if _TOKEN.fullmatch(header.name):
            yield secrets.quoted(_header(header), step, f"header {header.name}")


def _header(header: Header) -> str:
    value = _CONTROLS.sub(" ", header.value).strip()
    # A name with a colon and nothing behind it would make curl leave the header out.
    return f"{usual_name(header.name)}: {value}" if value else f"{usual_name(header.name)};"


def _is_text(body: Body) -> bool:
    """Return whether all of a body can be passed on: NUL and lone surrogates cannot."""
    content = body.content
    return (
        isinstance(content, str)
        and not body.truncated
        and "\0" not in content
        and not any("\ud800" <= character <= "\udfff" for character in content)
    )


def _body_notes(step: Step, body: Body) -> Iterator[str]:
    if _is_text(body):
        return
    size = "of unknown size" if body.size is None else f"of {body.size} bytes"
    kind = body.content_type.partition(";")[0].strip() or "of unknown type"
    why = "was cut" if body.truncated else "is binary" if body.content else "was not recorded"
    yield f"the body ({kind}, {size}) {why}: put all of it in the file {_file(step)}"


def _file(step: Step) -> str:
    return f"step-{step.number}.body"


def _data(step: Step, body: Body, secrets: Secrets) -> tuple[str, str]:
    """Return what stands before the command, and the option that gives it the body."""
    content = body.content
    if not isinstance(content, str) or not _is_text(body):
        return "", f"--data-binary @{_file(step)}"
    if _ACTING.search(content):
        # In octal, which every shell's printf reads.
        return f"printf %b {secrets.quoted(_spelled(content), step, 'body')} | ", "--data-binary @-"
    text = secrets.quoted(content, step, "body")
    if len(content.encode()) > _ARGUMENT_LIMIT:
        # Built into every shell, so that no limit holds for its arguments.
        return f"printf %s {text} | ", "--data-binary @-"
    # Unlike --data-binary this takes a body that begins with @ for a body.
    return "", f"--data-raw {text}"


def _spelled(text: str) -> str:
    return _SPELLED.sub(lambda match: "".join(f"\\0{byte:03o}" for byte in match[0].encode()), text)
