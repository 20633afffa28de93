"""The graph of one turn: every node and edge on one screen. What the nodes do is in `cocreate.nodes`."""

from __future__ import annotations

import os

# Read when langgraph is imported: only plain values are rebuilt from a checkpoint, and nothing is traced.
os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"
os.environ["LANGSMITH_TRACING"] = os.environ["LANGCHAIN_TRACING_V2"] = "false"

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from cocreate import nodes
from cocreate.deps import Deps
from cocreate.state import (
    TurnState,
    after_choose,
    after_critique,
    after_ideate,
    after_recall,
    after_understand,
)

Turn = CompiledStateGraph[TurnState, Deps, TurnState, TurnState]


def build_graph(checkpointer: BaseCheckpointSaver[str] | None = None) -> Turn:
    """Return the compiled graph of a turn."""
    graph = StateGraph(TurnState, context_schema=Deps)

    graph.add_node("understand", nodes.understand)
    graph.add_node("recall", nodes.recall)
    graph.add_node("ideate", nodes.ideate)
    graph.add_node("choose", nodes.choose)
    graph.add_node("draft", nodes.draft)
    graph.add_node("critique", nodes.critique)
    graph.add_node("revise", nodes.revise)
    graph.add_node("adapt", nodes.adapt)
    graph.add_node("present", nodes.present)
    graph.add_node("learn", nodes.learn)

    graph.add_edge(START, "understand")
    graph.add_conditional_edges("understand", after_understand, ["recall", "draft"])
    graph.add_conditional_edges("recall", after_recall, ["ideate", "draft"])
    graph.add_conditional_edges("ideate", after_ideate, ["choose", "draft", "present"])
    graph.add_conditional_edges("choose", after_choose, ["recall", "draft"])
    graph.add_edge("draft", "critique")
    graph.add_conditional_edges("critique", after_critique, ["revise", "adapt", "present"])
    graph.add_edge("revise", "critique")
    graph.add_edge("adapt", "critique")
    graph.add_edge("present", "learn")
    graph.add_edge("learn", END)
    return graph.compile(checkpointer=checkpointer)


def draw() -> str:
    """Return the graph as LangGraph itself draws it, in Mermaid."""
    return build_graph().get_graph().draw_mermaid()
