"""Rows of the computational graph: the lecture's example, random graphs of many nodes, and graphs that are none."""

import numpy as np

from gradtwin.rows import Case, Op, Refusal

NODES = 50
FAMILIES = ("typical", "zeros", "strided", "read-only")
SHAPES = ((), (3,), (3, 1), (1, 3), (3, 3))
"""Shapes of the inputs of a random graph; any two of them broadcast."""

LECTURE = (
    ("mul", (0, 1)),  # 4: x w
    ("add", (4, 2)),  # 5: z
    ("sigmoid", (5,)),  # 6: u
    ("log", (6,)),
    ("mul", (3, 7)),  # 8: y ln u
    ("complement", (3,)),
    ("complement", (6,)),
    ("log", (10,)),
    ("mul", (9, 11)),  # 12: (1 - y) ln(1 - u)
    ("add", (8, 12)),
    ("neg", (13,)),
)
"""Lecture A: z = x w + b, u = sigmoid(z) and the binary cross-entropy of u and y, of the inputs x, w, b, y."""

SAMPLES = (("matmul", (0, 1)), *LECTURE[1:], ("sum", (14,)))
"""The same for the samples x (N, d), summed."""


def _scalars(draw):
    return draw(()), draw(()), draw(()), draw.choice((0, 1), ())


def _samples(draw):
    batch = draw.batch(6)
    return draw((*batch, 3)), draw((3,)), draw(()), draw.choice((0, 1), batch)


def _of(*shapes):
    return lambda draw: tuple(draw(s) for s in shapes)


# What a random graph is made of: each keeps values of about 1 at about 1.
BLOCKS = (
    lambda put, a, b: put("tanh", put("add", a, b)),
    lambda put, a, b: put("sigmoid", put("sub", a, b)),
    lambda put, a, b: put("mul", a, put("sigmoid", b)),
    lambda put, a, b: put("mul", put("tanh", a), put("complement", put("sigmoid", b))),
    lambda put, a, b: put("div", a, put("exp", put("square", put("tanh", b)))),
    lambda put, a, b: put("log1p", put("square", a)),
    lambda put, a, b: put("neg", put("log", put("sigmoid", a))),
    lambda put, a, b: put("relu", put("sub", a, put("tanh", b))),
)
ARRAY_BLOCKS = (
    lambda put, a, b: put("sub", put("tanh", a), put("mean", put("tanh", b))),
    lambda put, a, b: put("log", put("sum", put("exp", put("tanh", put("mul", a, b))))),
    lambda put, a, b: put("tanh", put("matmul", put("mul", a, 4), put("transpose", put("add", b, 4)))),
    lambda put, a, b: put("sigmoid", put("matmul", put("add", 4, a), 1)),
)
"""Of which value 4 is a matrix, and value 1 a vector."""


def _shape(operation, *shapes):
    if operation in ("sum", "mean"):
        return ()
    if operation == "transpose":
        return shapes[0][::-1]
    return (np.matmul if operation == "matmul" else np.add)(*map(np.zeros, (*shapes, ())[:2])).shape


def _random(seed, shapes=SHAPES, nodes=NODES, blocks=(*BLOCKS, *ARRAY_BLOCKS), fan_out=1.0):
    """Return a graph of at least so many nodes, all of which act on the last; a high `fan_out` prefers old parents.

    The inputs also act on it directly, so that no gradient is so small that rounding decides it.
    """
    rng, graph, inputs, shapes = np.random.default_rng(seed), [], len(shapes), list(shapes)
    childless: set = set()

    def put(operation, *parents):
        graph.append((operation, parents))
        childless.difference_update(parents)
        childless.add(len(shapes))
        shapes.append(_shape(operation, *(shapes[j] for j in parents)))
        return len(shapes) - 1

    while len(graph) < nodes:
        a, b = (len(shapes) * rng.random(2) ** fan_out).astype(int).tolist()
        blocks[rng.integers(len(blocks))](put, a, b)
    for i in range(inputs):
        put("add", min(childless), i)
    while len(childless) > 1:
        put("add", *sorted(childless)[:2])
    return tuple(graph)


def _shuffled(graph, inputs, seed):
    """Return the graph with its nodes in another order, but for the last."""
    order = np.append(np.random.default_rng(seed).permutation(len(graph) - 1), len(graph) - 1)
    number = {**{i: i for i in range(inputs)}, **{inputs + old: inputs + i for i, old in enumerate(order.tolist())}}
    return tuple((graph[i][0], tuple(number[j] for j in graph[i][1])) for i in order)


def _graph(name, graph, inputs, families=("typical",)):
    return Case(name, {"graph": graph}, inputs, families)


def _refused(name, *graph, shapes=((3,), (3,))):
    return Refusal(name, {"graph": graph}, _of(*shapes))


PAIRS = (
    Op(
        "graph.engine",
        inputs=_of(*SHAPES),
        cases=[
            _graph("lecture", LECTURE, _scalars, FAMILIES),
            _graph("lecture, samples", SAMPLES, _samples, (*FAMILIES, "zero-dimensional", "empty")),
            _graph("random scalars", _random(0, ((),) * 3, blocks=BLOCKS), _of((), (), ())),
            _graph("random scalars, much fan-out", _random(1, ((),) * 3, blocks=BLOCKS, fan_out=3.0), _of((), (), ())),
            _graph("random arrays", _random(2), None, ("typical", "zeros")),
            _graph("random arrays, much fan-out", _random(3, fan_out=3.0), None),
            _graph("random arrays, shuffled", _shuffled(_random(5), len(SHAPES), 5), None, ("typical", "strided")),
            _graph("random vectors", _random(6, ((4,), (1,), (4,)), blocks=BLOCKS), _of((4,), (1,), (4,))),
            _graph("one parent twice", (("mul", (0, 0)), ("matmul", (1, 1))), _of((3,)), FAMILIES),
            _graph("nothing hangs on a node", (("exp", (0,)), ("sub", (1, 0))), _of((3,), (2, 1), (4,))),
            _graph("relu at its kink", (("sub", (0, 1)), ("relu", (2,))), _of((4, 3), (3,)), ("kinks",)),
            _graph("transposed", (("transpose", (0,)),), _of((2, 3))),
            _graph("matrices", (("matmul", (0, 1)),), _of((2, 3), (3, 4))),
            _graph("batches of matrices", (("matmul", (0, 1)),), _of((5, 1, 2, 3), (2, 3, 4))),
            _graph("vector and matrices", (("matmul", (0, 1)),), _of((3,), (5, 3, 4))),
            _graph("matrices and vector", (("matmul", (0, 1)),), _of((5, 2, 3), (3,))),
            _graph("vectors", (("matmul", (0, 1)),), _of((3,), (3,))),
        ],
        kinks=(0.0,),
        refusals=[
            _refused("a cycle", ("add", (0, 3)), ("mul", (2, 1))),
            _refused("a cycle beside the output", ("exp", (2,)), ("add", (0, 1))),
            _refused("an unknown operation", ("swish", (0,))),
            _refused("a parent too few", ("add", (0,))),
            _refused("a parent too many", ("exp", (0, 1))),
            _refused("a parent that is missing", ("add", (0, 3))),
            _refused("a negative parent", ("add", (0, -1))),
            _refused("half a parent", ("add", (0, 0.5))),
            _refused("shapes that do not broadcast", ("add", (0, 1)), shapes=((3,), (2,))),
            _refused("matrices that do not fit", ("matmul", (0, 1)), shapes=((2, 3), (2, 3))),
            _refused("a matrix product with a number", ("matmul", (0, 1)), shapes=((3,), ())),
            _refused("a transposed vector", ("transpose", (0,))),
        ],
    ),
)
