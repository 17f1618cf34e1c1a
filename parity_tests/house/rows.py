"""The laws over rows: their cases try every option, and their refusals every line that raises."""

from __future__ import annotations

import ast
import functools
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from gradtwin.families import Draw
from gradtwin.rows import Case, Model, Op, Optimizer, Refusal, Row, Training

__all__ = ["Call", "calls", "misfit", "refuses", "unmet", "untried"]

BASE_LR = 0.1
"""What every schedule is given."""
ERRORS = re.compile(r"^Errors:|\b(Value|Type)Error\b", re.MULTILINE)
REQUIRE = re.compile(r"_?require(_\w+)?")


@dataclass(frozen=True)
class Call:
    """A function of an algorithm, as a case or a refusal calls it."""

    function: Callable[..., Any]
    inputs: Sequence[Any]
    options: Mapping[str, Any]
    after: Callable[[Any], Any] | None = None
    """What takes the result and is judged, too."""

    def run(self) -> None:
        """Make the call."""
        result = self.function(*self.inputs, **self.options)
        if self.after is not None:
            self.after(result)

    def arguments(self) -> dict[str, Any]:
        """Return the arguments by name; TypeError for one that the function does not take."""
        return inspect.signature(self.function).bind_partial(*self.inputs, **self.options).arguments


def calls(row: Row, module: ModuleType, *, refused: bool) -> Iterator[Call]:
    """Yield the calls, of what takes the options of a row, that its cases make or that its refusals make."""
    if isinstance(row, Training):  # its parts have rows of their own
        return
    cases: Sequence[Case | Refusal] = getattr(row, "refusals", ()) if refused else row.cases
    for case in cases:
        if isinstance(row, Op):
            yield _drawn(row, case, module.forward)
        elif isinstance(row, Model):
            *data, queries = (case.inputs or row.inputs)(_draw(row))
            yield Call(module.fit, data, case.options, functools.partial(_predicting, module.predict, queries))
        elif isinstance(row, Optimizer):
            param = (np.ones((3, 4)),) if case.inputs is None else tuple(case.inputs(_draw(row)))
            yield from (Call(module.init, param, options) for options in (case.options, *_of_groups(case)))
        else:
            schedule = getattr(module, "lr", None)
            inputs = () if schedule is None else (1,)
            yield Call(schedule or module.init, inputs, {"base_lr": BASE_LR, **case.options})
    if isinstance(row, Model) and not refused:
        yield from (_drawn(row, case, module.value_and_grad) for case in row.costs)


def _of_groups(case: Case | Refusal) -> Iterable[Mapping[str, Any]]:
    return case.own_options.values() if isinstance(case, Case) else ()


def _draw(row: Row) -> Draw:
    return Draw(np.random.default_rng(0), "typical", "float64", row.kinks if isinstance(row, Op) else ())


def _predicting(predict: Callable[..., Any], queries: Any, fitted: Any) -> Any:
    return predict(fitted, queries)


def _drawn(row: Op | Model, case: Case | Refusal, function: Callable[..., Any]) -> Call:
    inputs = (case.inputs or row.inputs)(_draw(row))
    if isinstance(inputs, Mapping):
        return Call(function, (), {**inputs, **case.options})
    return Call(function, tuple(inputs), case.options)


def untried(listed: Iterable[Call]) -> list[str]:
    """Return the options of the functions that are called to which no call gives a value other than the default."""
    tried: dict[Callable[..., Any], list[dict[str, Any]]] = {}
    for call in listed:
        tried.setdefault(call.function, []).append(call.arguments())
    return [
        parameter.name
        for function, arguments in tried.items()
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is not parameter.empty or parameter.kind is parameter.KEYWORD_ONLY
        if not any(_differs(by_name, parameter) for by_name in arguments)
    ]


def _differs(arguments: Mapping[str, Any], parameter: inspect.Parameter) -> bool:
    value = arguments.get(parameter.name, parameter.default)
    return isinstance(value, np.ndarray) or bool(value != parameter.default)


def misfit(call: Call) -> str:
    """Return which argument the function does not take, so that the call would be refused for another reason."""
    try:
        call.arguments()
    except TypeError as error:
        return str(error)
    return ""


def refuses(source: str) -> bool:
    """Return whether an algorithm raises, calls what raises for it, or says that it does."""
    tree = ast.parse(source)
    functions = [n.func for n in ast.walk(tree) if isinstance(n, ast.Call)]
    names = [getattr(f, "attr", getattr(f, "id", "")) for f in functions]
    return (
        bool(_raises(tree))
        or any(REQUIRE.fullmatch(name) for name in names)
        or ERRORS.search(ast.get_docstring(tree) or "") is not None
    )


def unmet(source: str, path: str, refused: Iterable[Call]) -> list[str]:
    """Return the messages of an algorithm that none of its refusals comes to."""
    lines: set[int] = set()
    for call in refused:
        lines |= _lines_of_error(call, path)
    raises = _raises(ast.parse(source))
    return [_message(n) for n in raises if lines.isdisjoint(range(n.lineno, (n.end_lineno or n.lineno) + 1))]


def _raises(tree: ast.AST) -> list[ast.Raise]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Raise)]


def _lines_of_error(call: Call, path: str) -> set[int]:
    """Return the lines of a file that the error of a call has come through."""
    try:
        call.run()
    except (ValueError, TypeError) as error:
        lines, frame = set(), error.__traceback__
        while frame is not None:
            if frame.tb_frame.f_code.co_filename == path:
                lines.add(frame.tb_lineno)
            frame = frame.tb_next
        return lines
    return set()


def _message(node: ast.Raise) -> str:
    """Return the beginning of the message that a line raises, as far as it is always the same."""
    text = next((n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)), "")
    return text.strip()
