"""Requests to generative models, and the tools that their agents call.

Semantic conventions, "Generative AI" (``gen_ai.*``), old and new; OpenInference
(``openinference.span.kind``, ``llm.*``, ``input.value``), OpenLLMetry (``traceloop.*``,
``gen_ai.prompt.0.content``), Vercel's SDK (``ai.*``) and the Model Context Protocol (``mcp.*``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, cast

from otelhook.lazy_patterns import lazy
from otelhook.model import Attributes, AttributeValue, Span
from otelhook.sequence.document import Body, Header
from otelhook.sequence.protocols.described import Described, outcome_of
from otelhook.sequence.spans.addresses import place_of, shown_address
from otelhook.sequence.spans.attribute_aliases import PEER
from otelhook.sequence.spans.coercion import first_integer, first_text, text
from otelhook.sequence.spans.failures import Failure
from otelhook.sequence.spans.messages import Message, read_message
from otelhook.sequence.vocabulary import Outcome, ParticipantKind, Protocol

__all__ = ["describe_generative", "generative_protocol"]

_OPERATION: Final = ("gen_ai.operation.name", "llm.request.type")
_MODEL: Final = (
    "gen_ai.request.model",
    "gen_ai.response.model",
    "llm.model_name",
    "llm.request.model",
    "embedding.model_name",
    "ai.model.id",
)
_EMBEDDING: Final = "embedding.model_name"
"""OpenInference has it on nothing but embeddings."""

_PROVIDER: Final = (
    "gen_ai.provider.name",
    "gen_ai.system",
    "llm.provider",
    "llm.system",
    "ai.model.provider",
)
_TOOL: Final = ("gen_ai.tool.name", "tool.name", "ai.toolCall.name", "mcp.tool.name")
_AGENT: Final = ("gen_ai.agent.name", "agent.name", "agent_name")
_TOKENS_IN: Final = (
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "llm.token_count.prompt",
    "llm.usage.prompt_tokens",
    "ai.usage.promptTokens",
    "ai.usage.inputTokens",
)
_TOKENS_OUT: Final = (
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.token_count.completion",
    "llm.usage.completion_tokens",
    "ai.usage.completionTokens",
    "ai.usage.outputTokens",
)
_PROMPT: Final = (
    "gen_ai.input.messages",
    "gen_ai.prompt",
    "input.value",
    "ai.prompt.messages",
    "ai.prompt",
    "traceloop.entity.input",
)
_COMPLETION: Final = (
    "gen_ai.output.messages",
    "gen_ai.completion",
    "output.value",
    "ai.response.text",
    "ai.response.toolCalls",
    "traceloop.entity.output",
)
_ARGUMENTS: Final = (
    "gen_ai.tool.call.arguments",
    "tool.parameters",
    "ai.toolCall.args",
    "input.value",
    "traceloop.entity.input",
)
_RESULT: Final = (
    "gen_ai.tool.call.result",
    "ai.toolCall.result",
    "output.value",
    "traceloop.entity.output",
)
_NUMBERED: Final = lazy(
    r"(gen_ai\.(?:prompt|completion)|llm\.(?:input|output)_messages)\.(\d{1,4})\.(?:message\.)?(\w+)"
)
_BY_OPERATION: Final = {
    **dict.fromkeys(
        (
            *("chat", "text_completion", "completion", "generate_content", "embeddings"),
            *("embedding", "image_generation", "rerank", "llm"),
        ),
        Protocol.MODEL,
    ),
    "execute_tool": Protocol.TOOL,
    "tool": Protocol.TOOL,
}
"""By ``gen_ai.operation.name``, ``llm.request.type`` or ``traceloop.span.kind``; all else is an
agent's own work."""
_OPENINFERENCE: Final = {
    "LLM": Protocol.MODEL,
    "EMBEDDING": Protocol.MODEL,
    "RERANKER": Protocol.MODEL,
    "TOOL": Protocol.TOOL,
    "RETRIEVER": Protocol.TOOL,
    "AGENT": Protocol.CALL,
    "CHAIN": Protocol.CALL,
    "GUARDRAIL": Protocol.CALL,
    "EVALUATOR": Protocol.CALL,
}
_TOOL_NAME: Final = lazy(r"(?:execute_tool|tool|tools/call)[\s:]+([\w./-]+)")


def generative_protocol(span: Span) -> Protocol:
    """Return whether a span is a model's call, a tool's, or an agent's own work (CALL)."""
    attributes = span.attributes
    operation = first_text(attributes, _OPERATION).lower()
    if operation:
        return _BY_OPERATION.get(operation, Protocol.CALL)
    kind = first_text(attributes, ("openinference.span.kind",)).upper()
    if kind in _OPENINFERENCE:
        return _OPENINFERENCE[kind]
    entity = first_text(attributes, ("traceloop.span.kind",)).lower()
    if entity:
        return _BY_OPERATION.get(entity, Protocol.CALL)
    return _by_facts(attributes)


def _by_facts(attributes: Attributes) -> Protocol:
    """Recognise what no convention names: some exporters lose the attribute that would."""
    method = first_text(attributes, ("mcp.method.name",))
    if first_text(attributes, _TOOL) or method == "tools/call":
        return Protocol.TOOL
    if first_text(attributes, _MODEL) and (
        first_text(attributes, _PROVIDER)
        or first_integer(attributes, (*_TOKENS_IN, *_TOKENS_OUT)) is not None
        or "llm.model_name" in attributes
        or _EMBEDDING in attributes
    ):
        return Protocol.MODEL
    return Protocol.CALL


def describe_generative(span: Span, protocol: Protocol, failure: Failure) -> Described:
    """Describe a model's call by its model and tokens, a tool's by its name and result."""
    if protocol is Protocol.MODEL:
        return _model(span, failure)
    if protocol is Protocol.TOOL:
        return _tool(span, failure)
    attributes = span.attributes
    operation = first_text(attributes, _OPERATION)
    agent = first_text(attributes, _AGENT)
    label = f"{operation} {agent}".strip() if operation else span.name.strip()
    return Described(
        label=span.name.strip() if label == operation and operation in span.name else label,
        operation=label,
        outcome=_outcome(failure),
        callee=agent if operation == "invoke_agent" else _provider(attributes),
        request=_content(attributes, _PROMPT),
        response=_content(attributes, _COMPLETION),
    )


def _outcome(failure: Failure) -> Outcome:
    return outcome_of(failed=failure.failed, unanswered=failure.unanswered)


def _provider(attributes: Attributes) -> str:
    provider = first_text(attributes, (*PEER, *_PROVIDER))
    if provider:
        return provider
    place = place_of(attributes)
    return shown_address(place.host, place.port)


def _model(span: Span, failure: Failure) -> Described:
    attributes = span.attributes
    model = first_text(attributes, _MODEL)
    operation = first_text(attributes, _OPERATION) or "chat"
    kind = first_text(attributes, ("openinference.span.kind",)).upper()
    if kind == "EMBEDDING" or (not kind and _EMBEDDING in attributes):
        operation = "embeddings"
    label = f"{operation} {model}".strip()
    sent, got = first_integer(attributes, _TOKENS_IN), first_integer(attributes, _TOKENS_OUT)
    answer = "" if got is None or failure.failed else f"{got} tokens"
    prompt = _content(attributes, _PROMPT, "prompt")
    if sent is not None:
        prompt = Message((*prompt.headers, Header("input-tokens", str(sent))), prompt.body)
    return Described(
        label=label,
        operation=label,
        outcome=_outcome(failure),
        answer=answer,
        callee=_provider(attributes) or model or "model",
        callee_kind=ParticipantKind.MODEL,
        request=prompt,
        response=_content(attributes, _COMPLETION, "completion"),
    )


def _tool(span: Span, failure: Failure) -> Described:
    attributes = span.attributes
    named = _TOOL_NAME.search(span.name)
    name = first_text(attributes, _TOOL) or (named[1] if named else span.name.strip())
    return Described(
        label=f"tool {name}",
        operation=f"execute_tool {name}",
        outcome=_outcome(failure),
        callee=first_text(attributes, PEER) or name,
        callee_kind=ParticipantKind.TOOL,
        request=_content(attributes, _ARGUMENTS),
        response=_content(attributes, _RESULT),
    )


def _content(attributes: Attributes, keys: tuple[str, ...], numbered: str = "") -> Message:
    for name in keys:
        value = attributes.get(name)
        if value is not None and value not in ("", ()):
            return Message((), _body(value))
    found = _numbered(attributes, numbered) if numbered else []
    if found:
        return Message((), _body(cast("AttributeValue", tuple(found))))
    return read_message(attributes, "request" if keys in (_PROMPT, _ARGUMENTS) else "response")


def _numbered(attributes: Attributes, which: str) -> list[Mapping[str, AttributeValue]]:
    """Return messages that were flattened: ``gen_ai.prompt.0.role``, ``....content``."""
    wanted = "input" if which == "prompt" else "output"
    parts: dict[int, dict[str, AttributeValue]] = {}
    for name, value in attributes.items():
        match = _NUMBERED.fullmatch(name)
        if match and (which in match[1] or wanted in match[1]):
            parts.setdefault(int(match[2]), {})[match[3]] = value
    return [parts[number] for number in sorted(parts)]


def _body(value: AttributeValue) -> Body:
    if isinstance(value, str | bytes):
        media = "text/plain"
        if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
            media = "application/json"
        return Body(value, None, content_type=media)
    try:
        content = json.dumps(value, ensure_ascii=False, default=_plain)
    except (TypeError, ValueError, RecursionError):
        content = text(value)
    return Body(content, None, content_type="application/json")


def _plain(value: object) -> object:
    return dict(cast("Mapping[str, object]", value)) if isinstance(value, Mapping) else str(value)
