"""Slightly wrong formulas, made from the source of the right ones by a single change each."""

import ast
import copy
import importlib
import inspect
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from gradtwin.rows import Model, Op
from scripts.measure.equivalent import EQUIVALENT

__all__ = ["ALSO", "HELPERS", "Mutant", "mutants"]

HELPERS = {
    "activations.multihead_attention": ("scratch._multihead",),
    "activations.softmax": ("scratch._dimension",),
    "gradient_checking.central_difference": ("scratch._evaluate",),
    "init.kaiming_normal": ("scratch.init._fans", "scratch.init._kaiming"),
    "init.uniform": ("scratch.init._draw",),
    "init.xavier_normal": ("scratch.init._xavier",),
    "layers.batch_norm": ("scratch._normalize",),
    "layers.avg_pool2d": ("scratch._windows",),
    "layers.dropout2d": ("scratch._dropout",),
    "layers.lstm": ("scratch._recurrent",),
    "linear_models.gradient_descent": ("scratch.linear_models._batches",),
    "linear_models.logistic_regression": ("scratch.linear_models._classifier",),
    "linear_models.ridge": ("scratch.linear_models._regression",),
    "losses.cross_entropy": ("scratch._classes",),
    "multiclass.one_versus_one": ("scratch.multiclass._binary",),
    "multiclass.sample": ("scratch.multiclass._draw",),
    "losses.mse_loss": ("scratch._broadcast", "scratch._reduction"),
    "losses.triplet_margin_loss": ("scratch._distance",),
}
"""What several operations share, by the one whose row judges it."""
ALSO = {
    "scratch.linear_models._regression": ("linear_models.gradient_descent", "linear_models.least_squares_qr"),
    "scratch._normalize": ("layers.layer_norm", "layers.group_norm"),
    "scratch._windows": ("layers.conv2d", "layers.max_pool2d", "layers.adaptive_max_pool2d"),
}
"""The rows that judge it besides, where the first does not come to all of it."""
SWAPS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
}
NO_FORMULA = (ast.Subscript, ast.JoinedStr, ast.Raise, ast.keyword, ast.withitem, ast.ClassDef)
"""What is left as it is: indices, messages, axes and shapes."""
RESULT = ("Gradients", "Fitted", "._replace")
ENTRIES = {Op: ("forward", "backward"), Model: ("value_and_grad", "fit", "predict")}
"""The functions that a row judges, of those that its module has."""
ZEROS = ("np.zeros", "np.zeros_like")
SHAPING = frozenset({"np.expand_dims", "np.moveaxis", "np.reshape", "np.swapaxes", "np.squeeze"})


class Mutant(NamedTuple):
    """A module with one change: of which row, in which module and line, from what to what."""

    row: str
    module: str
    line: int
    before: str
    after: str
    tree: ast.Module
    node: ast.AST
    replacement: ast.AST

    @property
    def name(self) -> str:
        """The place and the change."""
        return f"{self.module}:{self.line}: {self.before}  ->  {self.after}"

    @property
    def excuse(self) -> str | None:
        """Why the change computes the same, if it is known to."""
        for (row, before, after), reason in EQUIVALENT.items():
            if row == self.row and before in self.before and self.before.replace(before, after, 1) == self.after:
                return reason
        return None

    def changed(self) -> ast.Module:
        """Return the module with the change."""
        module: ast.Module = ast.fix_missing_locations(_with(self.tree, self.node, self.replacement))
        return module


def mutants(row: Op | Model) -> list[Mutant]:
    """Return every single change of the modules that a row judges."""
    changes = []
    for module in (row.suspect, *HELPERS.get(row.name, ())):
        tree = ast.parse(inspect.getsource(importlib.import_module(module)))
        around = _statements(tree)
        for node, replacement in _changes(tree, () if module != row.suspect else ENTRIES[type(row)]):
            statements = around[node], _with(around[node], node, replacement)
            before, after = (ast.unparse(s).partition("\n")[0] for s in statements)
            line = int(getattr(node, "lineno", 0))
            changes.append(Mutant(row.name, module, line, before, after, tree, node, replacement))
    return changes


def _changes(tree: ast.Module, entries: Sequence[str]) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Yield nodes with what to put in their place: of constants, defaults, formulas and results.

    Only what these functions come to is changed; without any, all functions of the module.
    """
    functions = _judged(tree, entries) if entries else [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    for part in (*(n for n in tree.body if isinstance(n, ast.Assign)), *functions):
        for node in _formula(part):
            yield from ((node, replacement) for replacement in _replacements(node))
    for function in functions:
        if function.name in entries:
            for result in _results(function):
                yield result, ast.UnaryOp(ast.USub(), result)
                yield result, ast.BinOp(result, ast.Mult(), ast.Constant(1.001))


def _statements(node: ast.AST, innermost: ast.stmt | None = None) -> dict[ast.AST, ast.stmt]:
    """Return the innermost statement around every node."""
    around = {}
    for child in ast.iter_child_nodes(node):
        statement = child if isinstance(child, ast.stmt) else innermost
        if statement is not None:
            around[child] = statement
        around |= _statements(child, statement)
    return around


def _judged(tree: ast.Module, entries: Sequence[str]) -> list[ast.FunctionDef]:
    """Return the functions that the row judges, and what they call."""
    defined = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    reached: list[str] = []
    waiting: list[str] = [name for name in entries if name in defined]
    while waiting:
        name = waiting.pop(0)
        reached.append(name)
        callees = [n.id for n in ast.walk(defined[name]) if isinstance(n, ast.Name) and n.id in defined]
        waiting += [n for n in dict.fromkeys(callees) if n not in reached and n not in waiting]
    return [defined[name] for name in reached]


def _formula(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function that compute."""
    for part in _parts(node):
        yield part
        yield from _formula(part)


def _parts(node: ast.AST) -> list[ast.AST]:
    """Return the children of a node, without what only shapes an array or decides about an error."""
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        if name in SHAPING:
            return []
        if name.endswith(".reshape"):
            return [node.func]
        if name.endswith(RESULT):
            return [*node.args, *(k.value for k in node.keywords)]
    if isinstance(node, ast.If) and any(isinstance(s, ast.Raise) for s in node.body):
        return list(node.orelse)
    return [child for child in ast.iter_child_nodes(node) if not isinstance(child, NO_FORMULA)]


def _results(function: ast.FunctionDef) -> Iterator[ast.expr]:
    """Yield what a function returns, each gradient alone."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(RESULT):
            values = (*node.args, *(k.value for k in node.keywords))
            yield from (value for value in values if not isinstance(value, ast.Starred))
        elif isinstance(node, ast.Return) and isinstance(node.value, (ast.BinOp, ast.Call)):
            if not (isinstance(node.value, ast.Call) and ast.unparse(node.value.func).endswith((*RESULT, *ZEROS))):
                yield node.value


def _replacements(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp):
        for operator in SWAPS.get(type(node.op), ()):
            yield ast.BinOp(node.left, operator(), node.right)  # type: ignore[arg-type]
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
        yield node.operand
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for operator in SWAPS.get(type(node.ops[0]), ()):
            yield ast.Compare(node.left, [operator()], node.comparators)  # type: ignore[list-item]
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        value = node.value
        grown = value * 1.001 or 0.001 if isinstance(value, float) else value + 1  # type: ignore[operator]
        yield ast.Constant(grown)


def _with(tree: Any, node: ast.AST, replacement: ast.AST) -> Any:
    """Return a copy of a tree with one node replaced."""

    class Swap(ast.NodeTransformer):
        def visit(self, part: ast.AST) -> Any:
            if (type(part), _place(part)) == (type(node), _place(node)):
                return ast.copy_location(replacement, part)
            return self.generic_visit(part)

    return Swap().visit(copy.deepcopy(tree))


def _place(node: ast.AST) -> tuple[Any, ...]:
    return tuple(getattr(node, a, None) for a in ("lineno", "col_offset", "end_lineno", "end_col_offset"))
