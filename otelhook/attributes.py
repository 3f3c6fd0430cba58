"""Every attribute key that otelhook writes or reads.

Names come from the OpenTelemetry semantic conventions (1.4x) wherever one exists. The body keys
are at stage "development" there (semantic-conventions PR 3521). What has no convention carries
the ``otelhook.`` prefix, as the naming rules ask of a vendor.
"""

from __future__ import annotations

from typing import Final, Literal

__all__ = [
    "CLIENT_ADDRESS",
    "CODE_FILE_PATH",
    "CODE_FUNCTION_NAME",
    "CODE_LINE_NUMBER",
    "DEPLOYMENT_KEYS",
    "ERROR_TYPE",
    "EXCEPTION_MESSAGE",
    "EXCEPTION_STACKTRACE",
    "EXCEPTION_TYPE",
    "HOST_ID",
    "HOST_NAME",
    "HTTP_METHOD_OLD",
    "HTTP_REQUEST_METHOD",
    "HTTP_RESPONSE_STATUS_CODE",
    "HTTP_ROUTE",
    "HTTP_STATUS_CODE_OLD",
    "HTTP_TARGET_OLD",
    "HTTP_URL_OLD",
    "NETWORK_PROTOCOL_VERSION",
    "NETWORK_TRANSPORT",
    "NET_PEER_NAME_OLD",
    "NET_PEER_PORT_OLD",
    "OTELHOOK_COMMAND_OUTPUT",
    "OTELHOOK_FIRST_STATUS",
    "OTELHOOK_INFERRED",
    "OTELHOOK_REASON",
    "OTELHOOK_REDACTED",
    "OTELHOOK_UNTIMED",
    "OTELHOOK_WEBSOCKET_CLOSED_BY",
    "OTELHOOK_WEBSOCKET_CLOSE_CODE",
    "OTELHOOK_WEBSOCKET_CLOSE_REASON",
    "OTELHOOK_WEBSOCKET_RECEIVED",
    "OTELHOOK_WEBSOCKET_SENT",
    "PEER_SERVICE",
    "PROCESS_COMMAND_ARGS",
    "PROCESS_EXECUTABLE_NAME",
    "PROCESS_EXIT_CODE",
    "PROCESS_PID",
    "RESEND_COUNT",
    "SERVER_ADDRESS",
    "SERVER_PORT",
    "SERVICE_INSTANCE_ID",
    "SERVICE_NAME",
    "SERVICE_NAMESPACE",
    "URL_FULL",
    "URL_PATH",
    "URL_QUERY",
    "URL_SCHEME",
    "URL_TEMPLATE",
    "USER_AGENT",
    "Direction",
    "body_content",
    "body_left_out",
    "body_size",
    "body_truncated",
    "header_prefix",
]

Direction = Literal["request", "response"]

# -- resource ------------------------------------------------------------------------------------
SERVICE_NAME: Final = "service.name"
SERVICE_NAMESPACE: Final = "service.namespace"
SERVICE_INSTANCE_ID: Final = "service.instance.id"
HOST_ID: Final = "host.id"
HOST_NAME: Final = "host.name"
DEPLOYMENT_KEYS: Final = (SERVICE_NAMESPACE, SERVICE_NAME, SERVICE_INSTANCE_ID, HOST_NAME)

# -- HTTP, stable conventions --------------------------------------------------------------------
HTTP_REQUEST_METHOD: Final = "http.request.method"
HTTP_RESPONSE_STATUS_CODE: Final = "http.response.status_code"
HTTP_ROUTE: Final = "http.route"
RESEND_COUNT: Final = "http.request.resend_count"
URL_TEMPLATE: Final = "url.template"
URL_FULL: Final = "url.full"
URL_SCHEME: Final = "url.scheme"
URL_PATH: Final = "url.path"
URL_QUERY: Final = "url.query"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"
CLIENT_ADDRESS: Final = "client.address"
CODE_FILE_PATH: Final = "code.file.path"
CODE_LINE_NUMBER: Final = "code.line.number"
CODE_FUNCTION_NAME: Final = "code.function.name"
USER_AGENT: Final = "user_agent.original"
NETWORK_PROTOCOL_VERSION: Final = "network.protocol.version"
NETWORK_TRANSPORT: Final = "network.transport"
ERROR_TYPE: Final = "error.type"
EXCEPTION_TYPE: Final = "exception.type"
EXCEPTION_MESSAGE: Final = "exception.message"
EXCEPTION_STACKTRACE: Final = "exception.stacktrace"

# -- what the caller calls the callee, before 1.39; now service.peer.name, read only -------------
PEER_SERVICE: Final = "peer.service"

# -- HTTP, conventions before 1.20, read only ----------------------------------------------------
HTTP_METHOD_OLD: Final = "http.method"
HTTP_STATUS_CODE_OLD: Final = "http.status_code"
HTTP_TARGET_OLD: Final = "http.target"
HTTP_URL_OLD: Final = "http.url"
NET_PEER_NAME_OLD: Final = "net.peer.name"
NET_PEER_PORT_OLD: Final = "net.peer.port"

# -- the command that started a trace --------------------------------------------------------------
PROCESS_COMMAND_ARGS: Final = "process.command_args"
PROCESS_EXECUTABLE_NAME: Final = "process.executable.name"
PROCESS_EXIT_CODE: Final = "process.exit.code"
PROCESS_PID: Final = "process.pid"
OTELHOOK_COMMAND_OUTPUT: Final = "otelhook.command.output"
"""What the command printed, standard output and error as the console showed them: a string."""

# -- ours ------------------------------------------------------------------------------------------
OTELHOOK_REASON: Final = "otelhook.response.reason"
"""The reason phrase of the status line; no convention has it."""

OTELHOOK_FIRST_STATUS: Final = "otelhook.first.status_code"
"""On a CLIENT span of stock instrumentation, which spans all hops of a call: the status that the
first of them was answered with, 0 if it was not. The further hops are CLIENT children with a resend
count."""

OTELHOOK_REDACTED: Final = "otelhook.redacted"
"""Where something was redacted, ``string[]``: ``request.header.authorization``,
``request.body.auth.password``, ``url.query.token``. Places only, never values."""

OTELHOOK_WEBSOCKET_RECEIVED: Final = "otelhook.websocket.received"
"""On a SERVER span of a websocket (status 101): how many messages the client has sent."""

OTELHOOK_WEBSOCKET_SENT: Final = "otelhook.websocket.sent"
"""How many messages the application has sent over a websocket."""

OTELHOOK_WEBSOCKET_CLOSED_BY: Final = "otelhook.websocket.closed_by"
"""Who ended a websocket: ``client`` or ``server``. A client that vanished has ended it too."""

OTELHOOK_WEBSOCKET_CLOSE_CODE: Final = "otelhook.websocket.close_code"
"""Why it was ended (RFC 6455, 7.4): 1000 as it should be, 1006 without a word."""

OTELHOOK_WEBSOCKET_CLOSE_REASON: Final = "otelhook.websocket.close_reason"
"""What else was said of it: text, redacted."""

OTELHOOK_UNTIMED: Final = "otelhook.untimed"
"""True on spans out of a record without a clock: their times tell the order and nothing else."""

OTELHOOK_INFERRED: Final = "otelhook.inferred"
"""True on a span that nobody recorded: the other side's record implies it."""


def header_prefix(side: Direction) -> str:
    """Return the prefix of header keys: ``http.request.header.`` or ``http.response.header.``."""
    return f"http.{side}.header."


_BODY_CONTENT: dict[Direction, str] = {
    "request": "http.request.body.content",
    "response": "http.response.body.content",
}
_BODY_SIZE: dict[Direction, str] = {
    "request": "http.request.body.size",
    "response": "http.response.body.size",
}


def body_content(side: Direction) -> str:
    """Return the key of a body: a string if it is text, else bytes; cut at the capture limit."""
    return _BODY_CONTENT[side]


def body_size(side: Direction) -> str:
    """Return the key of a body's true size in bytes, as it went over the wire."""
    return _BODY_SIZE[side]


def body_truncated(side: Direction) -> str:
    """Return the key of the mark that says a body was cut: a bool, written only when true."""
    return f"otelhook.{side}.body.truncated"


def body_left_out(side: Direction) -> str:
    """Return the key that says why a recorded body did not come along with its span: a string,
    such as ``queue full``. It is marked as cut as well.
    """
    return f"otelhook.{side}.body.left_out"
