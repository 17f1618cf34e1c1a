"""Slightly wrong formulas, made from the right ones, and whether the rows refuse them.

Every operation of `scratch/` is changed in one place at a time: a plus becomes a minus, a product a quotient, a sign is
lost, a number grows, a comparison takes in its edge or leaves it out or points the other way, a result gets the
opposite sign. Each changed module is judged by the trials of its own row until one refuses it. What survives all of
them computes the same, which has to have a reason in `EQUIVALENT`, or the row is too weak.
"""

import argparse
import ast
import copy
import importlib
import inspect
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NamedTuple

from gradtwin.rows import Op
from gradtwin.verify import Trial, trials
from parity_tests.measure.equivalent import EQUIVALENT
from parity_tests.pairs import PAIRS

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
NO_FORMULA = (ast.arguments, ast.Subscript, ast.JoinedStr, ast.Raise, ast.keyword, ast.withitem)
"""What is left as it is: defaults, indices, messages, axes and shapes."""

RESULT = ("Gradients", "._replace")
ZEROS = ("np.zeros", "np.zeros_like")
SHAPING = frozenset({"np.expand_dims", "np.moveaxis", "np.reshape", "np.swapaxes", "np.squeeze"})


class Mutant(NamedTuple):
    """A module with one change: of which row, in which line, from what to what."""

    row: str
    line: int
    before: str
    after: str
    tree: ast.Module
    node: ast.AST
    replacement: ast.AST

    @property
    def name(self) -> str:
        """The row and the change, without the line, which moves."""
        return f"{self.row}: {self.before}  ->  {self.after}"

    @property
    def excuse(self) -> str | None:
        """Why the change computes the same, if it is known to."""
        for (row, before, after), reason in EQUIVALENT.items():
            if row == self.row and before in self.before and self.before.replace(before, after, 1) == self.after:
                return reason
        return None

    def changed(self) -> ast.Module:
        """Return the module with the change."""
        changed: ast.Module = ast.fix_missing_locations(_with(self.tree, self.node, self.replacement))
        return changed


def mutants(row: Op) -> list[Mutant]:
    """Return every single change of the module that a row judges."""
    tree = ast.parse(inspect.getsource(importlib.import_module(row.suspect)))
    found = []
    for function in _judged(tree):
        changes = [(node, replacement) for node in _formula(function) for replacement in _replacements(node)]
        if function.name in ("forward", "backward"):
            changes += [(result, ast.UnaryOp(ast.USub(), result)) for result in _results(function)]
        around = _statements(function)
        for node, replacement in changes:
            statement = around[node]
            before, after = (
                ast.unparse(s).partition("\n")[0] for s in (statement, _with(statement, node, replacement))
            )
            line = int(getattr(node, "lineno", 0))
            found.append(Mutant(row.name, line, before, after, tree, node, replacement))
    return found


def _statements(node: ast.AST, innermost: ast.stmt | None = None) -> dict[ast.AST, ast.stmt]:
    """Return the innermost statement around every node."""
    around = {}
    for child in ast.iter_child_nodes(node):
        statement = child if isinstance(child, ast.stmt) else innermost
        if statement is not None:
            around[child] = statement
        around |= _statements(child, statement)
    return around


def _judged(tree: ast.Module) -> list[ast.FunctionDef]:
    """Return `forward`, `backward` and what they call."""
    defined = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    reached: list[str] = []
    waiting = ["forward", "backward"]
    while waiting:
        name = waiting.pop(0)
        reached.append(name)
        called = [n.id for n in ast.walk(defined[name]) if isinstance(n, ast.Name) and n.id in defined]
        waiting += [n for n in dict.fromkeys(called) if n not in reached and n not in waiting]
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
            yield from (*node.args, *(k.value for k in node.keywords))
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
        def visit(self, other: ast.AST) -> Any:
            if (type(other), _place(other)) == (type(node), _place(node)):
                return ast.copy_location(replacement, other)
            return self.generic_visit(other)

    return Swap().visit(copy.deepcopy(tree))


def _place(node: ast.AST) -> tuple[Any, ...]:
    return tuple(getattr(node, a, None) for a in ("lineno", "col_offset", "end_lineno", "end_col_offset"))


@contextmanager
def planted(row: Op, mutant: Mutant) -> Iterator[None]:
    """Put the changed module in the place of the right one."""
    module = ModuleType(row.suspect)
    module.__file__ = "mutant"
    exec(compile(mutant.changed(), "mutant", "exec"), module.__dict__)
    right = sys.modules[row.suspect]
    sys.modules[row.suspect] = module
    try:
        yield
    finally:
        sys.modules[row.suspect] = right


def refusing(row: Op, mutant: Mutant) -> Trial | None:
    """Return the first trial that refuses the changed module, or None where it passes all of them."""
    every = list(trials(row, ("float64",)))
    random.Random(0).shuffle(every)
    with planted(row, mutant):
        return next((trial for trial in every if not trial.run().ok), None)


def main() -> None:
    """Print, for every operation, how many changes were tried and which of them passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="*", help="rows, or beginnings of their names; all operations if not given")
    names = tuple(parser.parse_args().name)
    tried = caught = 0
    survivors: list[Mutant] = []
    print(f"{'operation':50} {'tried':>6} {'caught':>7} {'same':>5} {'passed':>7}")
    for row in (r for r in PAIRS if isinstance(r, Op) and (not names or r.name.startswith(names))):
        every = mutants(row)
        passed = [m for m in every if refusing(row, m) is None]
        unexplained = [m for m in passed if m.excuse is None]
        print(f"{row.name:50} {len(every):6} {len(every) - len(passed):7} {len(passed) - len(unexplained):5}", end=" ")
        print(f"{len(unexplained):7}", flush=True)
        tried, caught, survivors = tried + len(every), caught + len(every) - len(passed), survivors + unexplained
    print(
        f"{tried} changes, {caught} caught, {tried - caught - len(survivors)} compute the same, {len(survivors)} passed"
    )
    for m in survivors:
        print(f"passed: line {m.line} of {m.name}")
    sys.exit(1 if survivors else 0)


if __name__ == "__main__":
    main()
