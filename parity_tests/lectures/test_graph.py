"""The computational graph: the lecture's example node by node, and the sum over the children."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import gradtwin
from parity_tests.pairs.graph import LECTURE, PAIRS, SAMPLES
from reference.graph import engine as twin
from scratch.graph import engine

Array = NDArray[Any]
FAN_OUT = (("exp", (0,)), ("mul", (1, 0)), ("sub", (2, 0)))
"""x exp(x) - x: the input has three children."""


def _scalars(rng: np.random.Generator) -> list[Any]:
    return [*rng.standard_normal(3), 1.0]


def _samples(rng: np.random.Generator) -> list[Any]:
    return [rng.standard_normal((6, 3)), rng.standard_normal(3), 0.5, rng.integers(0, 2, 6).astype(float)]


BOTH = pytest.mark.parametrize(
    ("graph", "inputs"), [(LECTURE, _scalars), (SAMPLES, _samples)], ids=["one sample", "samples"]
)


def _retained(grad: torch.Tensor, *inputs: torch.Tensor, graph: Any) -> tuple[torch.Tensor | None, ...]:
    """Return the gradient that torch retains at every node."""
    nodes = twin.values(*(x.detach().requires_grad_() for x in inputs), graph=graph)
    for node in nodes:
        node.retain_grad()
    nodes[-1].backward(grad)
    return tuple(node.grad for node in nodes)


def _judge_adjoints(adjoints: Callable[..., Any], graph: Any, inputs: Callable[..., Any]) -> gradtwin.Report:
    return gradtwin.check(
        adjoints,
        twin=_retained,
        inputs=lambda rng: [rng.standard_normal(), *inputs(rng)],
        dtypes=("float64", "float32"),
        options={"graph": graph},
        name="adjoints",
    )


def _wrong_sigmoid(grad: Array, *inputs: Array, graph: Any) -> tuple[Array, ...]:
    """Return the adjoints, with that of z lost."""
    found = list(engine.adjoints(grad, *inputs, graph=graph))
    found[5] = np.zeros_like(found[5])
    return tuple(found)


@BOTH
def test_l30_every_node_of_the_example_has_the_value_of_torch(graph: Any, inputs: Callable[..., Any]) -> None:
    report = gradtwin.check(
        engine.values,
        twin=twin.values,
        inputs=inputs,
        dtypes=("float64", "float32"),
        options={"graph": graph},
        name="values",
    )
    assert not report.findings, str(report)  # the complement of a label 1 is 0, and proves nothing
    assert report.tally.checks >= 2 * (4 + len(graph))


@BOTH
def test_l30_every_node_of_the_example_has_the_gradient_that_torch_retains(
    graph: Any, inputs: Callable[..., Any]
) -> None:
    report = _judge_adjoints(engine.adjoints, graph, inputs)
    assert not report.findings, str(report)  # the complement of a label 1 is 0, and proves nothing
    assert report.tally.checks >= 2 * (4 + len(graph))


def test_l30_a_wrong_node_is_named() -> None:
    report = _judge_adjoints(_wrong_sigmoid, LECTURE, _scalars)
    assert report.verdict == "mismatch"
    assert {finding.quantity for finding in report.findings} == {"output 5"}


RANDOM = {case.name: case.options["graph"] for case in PAIRS[0].cases if case.name.startswith("random")}


def _inputs_of(graph: Any) -> int:
    """Return how many inputs a graph has, all of whose nodes but the last are the parents of others."""
    last = len({j for _, parents in graph for j in parents})
    return last + 1 - len(graph)


def test_l30_the_random_graphs_are_large_with_much_fan_out() -> None:
    assert len(RANDOM) >= 6
    for graph in RANDOM.values():
        named = [j for _, parents in graph for j in set(parents)]
        assert len(graph) >= 50
        assert max(map(named.count, named)) >= 4


def test_l30_the_nodes_of_one_random_graph_are_out_of_order() -> None:
    forwards = {
        name: all(j < i for i, (_, parents) in enumerate(graph, _inputs_of(graph)) for j in parents)
        for name, graph in RANDOM.items()
    }
    assert [name for name, forward in forwards.items() if not forward] == ["random arrays, shuffled"]


def _judge_fan_out(dtype: str) -> gradtwin.Report:
    return gradtwin.check(
        engine.forward,
        engine.backward,
        twin=twin.forward,
        inputs=lambda rng: [rng.standard_normal(5)],
        options={"graph": FAN_OUT},
        dtypes=(dtype,),
        name="fan-out",
    )


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kept", [0, 1], ids=["the first child", "the last child"])
def test_l30_one_child_in_place_of_the_sum_over_the_children_is_caught(
    monkeypatch: pytest.MonkeyPatch, kept: int, dtype: str
) -> None:
    assert _judge_fan_out(dtype).ok
    monkeypatch.setattr(engine, "_added", lambda so_far, share: share if so_far is None else (so_far, share)[kept])
    report = _judge_fan_out(dtype)
    assert (report.verdict, report.findings[0].quantity) == ("mismatch", "gradient of inputs[0]")


def test_l30_an_empty_graph_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one node"):
        engine.forward(np.ones(2), graph=())
