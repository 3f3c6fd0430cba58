"""Models and tools: which model or tool, its prompt and its completion, in each convention."""

from __future__ import annotations

from typing import Any

import pytest

from otelhook.sequence.vocabulary import Outcome, ParticipantKind, Protocol


@pytest.mark.parametrize(
    ("attributes", "label", "prompt", "completion"),
    [
        (
            {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
            | {"gen_ai.input.messages": '[{"role":"user"}]', "gen_ai.output.messages": "b"},
            "chat m",
            '[{"role":"user"}]',
            "b",
        ),
        (
            {"gen_ai.system": "openai", "gen_ai.request.model": "m", "llm.request.type": "chat"}
            | {"gen_ai.prompt.0.content": "a", "gen_ai.completion.0.content": "b"},
            "chat m",
            '[{"content": "a"}]',
            '[{"content": "b"}]',
        ),
        (
            {"openinference.span.kind": "LLM", "llm.model_name": "m", "input.value": "a"}
            | {"output.value": "b"},
            "chat m",
            "a",
            "b",
        ),
        (
            {"llm.model_name": "m", "llm.input_messages.0.message.content": "a"}
            | {"llm.output_messages.0.message.content": "b"},
            "chat m",
            '[{"content": "a"}]',
            '[{"content": "b"}]',
        ),
        (
            {"ai.model.id": "m", "ai.model.provider": "openai", "ai.prompt": "a"}
            | {"ai.response.text": "b"},
            "chat m",
            "a",
            "b",
        ),
        (
            {"openinference.span.kind": "EMBEDDING", "embedding.model_name": "m"}
            | {"input.value": "a", "output.value": "b"},
            "embeddings m",
            "a",
            "b",
        ),
    ],
)
def test_a_model_is_asked_and_answers(
    said: Any, attributes: Any, label: str, prompt: str, completion: str
) -> None:
    facts = said(attributes)
    assert (facts.protocol, facts.label) == (Protocol.MODEL, label)
    assert facts.callee_kind is ParticipantKind.MODEL
    assert facts.request.body.content == prompt
    assert facts.response.body.content == completion


def test_numbered_messages_come_in_their_order_whatever_the_attributes_(said: Any) -> None:
    attributes = {f"gen_ai.prompt.{n}.content": str(n) for n in (10, 2, 0)}
    facts = said({"gen_ai.operation.name": "chat"} | attributes)
    assert facts.request.body.content == '[{"content": "0"}, {"content": "2"}, {"content": "10"}]'


@pytest.mark.parametrize(
    ("attributes", "name", "label"),
    [
        ({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "refund"}, "x", "refund"),
        ({"gen_ai.operation.name": "execute_tool"}, "execute_tool refund", "refund"),
        ({"openinference.span.kind": "TOOL", "tool.name": "refund"}, "x", "refund"),
        ({"traceloop.span.kind": "tool"}, "refund", "refund"),
        ({"ai.toolCall.name": "refund"}, "ai.toolCall", "refund"),
        ({"mcp.method.name": "tools/call"}, "tools/call refund", "refund"),
    ],
)
def test_a_tool_is_run(said: Any, attributes: Any, name: str, label: str) -> None:
    facts = said(attributes, name=name)
    assert (facts.protocol, facts.label) == (Protocol.TOOL, f"tool {label}")
    assert facts.callee_kind is ParticipantKind.TOOL


@pytest.mark.parametrize(
    ("more", "outcome", "answer"),
    [
        ({"gen_ai.usage.output_tokens": 260}, Outcome.OK, "260 tokens"),
        ({}, Outcome.OK, ""),
        ({"gen_ai.usage.output_tokens": 0, "error.type": "rate_limit"}, Outcome.ERROR, ""),
        ({"error.type": "timeout"}, Outcome.UNANSWERED, ""),
    ],
)
def test_tokens_are_the_answer(said: Any, more: Any, outcome: Outcome, answer: str) -> None:
    facts = said({"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"} | more)
    assert (facts.outcome, facts.answer) == (outcome, answer)


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "a"},
        {"openinference.span.kind": "AGENT", "llm.model_name": "m"},
        {"openinference.span.kind": "CHAIN"},
        {"traceloop.span.kind": "workflow"},
        {"gen_ai.request.model": "m"},
    ],
)
def test_an_agent_s_own_work_is_no_model_s(said: Any, attributes: Any) -> None:
    assert said(attributes).protocol is Protocol.CALL


@pytest.mark.parametrize(
    ("attributes", "name", "label"),
    [
        (
            {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "a"},
            "x",
            "invoke_agent a",
        ),
        ({"gen_ai.operation.name": "invoke_agent"}, "invoke_agent helper", "invoke_agent helper"),
        ({"gen_ai.operation.name": "invoke_agent"}, "helper", "invoke_agent"),
        ({"openinference.span.kind": "AGENT"}, " helper ", "helper"),
    ],
)
def test_an_agent_s_call_is_named_by_what_is_known_of_it(
    said: Any, attributes: Any, name: str, label: str
) -> None:
    assert said(attributes, name=name).label == label
