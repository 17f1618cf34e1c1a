"""The law over the docstrings of algorithms: labelled paragraphs in one order, and a line for every option."""

from __future__ import annotations

import ast
import re

__all__ = ["LABELS", "disorder", "options_of"]

LABELS = ("Source", "Formula", "Gradient", "Derivation", "Options", "Shapes", "Errors", "torch", "Example")
"""The paragraphs of an algorithm's docstring, in their order. Each begins with its label and a colon."""
ALWAYS = ("Source", "Formula", "Shapes", "torch", "Example")
_LABEL = re.compile(rf"^({'|'.join(LABELS)}):", re.MULTILINE)
_OPTION = re.compile(r"^    (\w+(?:, \w+)*): ", re.MULTILINE)


def options_of(source: str) -> list[str]:
    """Return the options that an algorithm takes: parameters with a default, and those given by keyword."""
    functions = {n.name: n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)}
    entry = next((functions[name] for name in ("forward", "init", "lr", "fit") if name in functions), None)
    if entry is None:
        return []
    arguments = [*entry.args.posonlyargs, *entry.args.args]
    defaults = arguments[len(arguments) - len(entry.args.defaults) :]
    names = [a.arg for a in (*defaults, *entry.args.kwonlyargs)]
    return [name for name in names if name != "base_lr"]  # which every schedule is given


def disorder(source: str) -> list[str]:
    """Return how the docstring of an algorithm departs from the form."""
    tree = ast.parse(source)
    text = ast.get_docstring(tree) or ""
    defined = [n.name for n in tree.body if isinstance(n, ast.FunctionDef)]
    labels = _LABEL.findall(text)
    wrong = [f"no paragraph {label}" for label in ALWAYS if label not in labels]
    if labels != [label for label in LABELS if label in labels]:
        wrong.append(f"paragraphs {', '.join(labels)}, not in the order {', '.join(LABELS)}, each once")
    if {"backward", "value_and_grad"} & set(defined) and "Gradient" not in labels:
        wrong.append("no paragraph Gradient")
    if "raise " in source and "Errors" not in labels:
        wrong.append("no paragraph Errors")
    _, _, after = text.partition("\nOptions:")
    paragraph = _LABEL.split(after)[0]
    listed = [name for names in _OPTION.findall(paragraph) for name in names.split(", ")]
    taken = options_of(source)
    wrong += [f"no line for the option {name}" for name in taken if name not in listed]
    wrong += [f"a line for {name}, which is no option" for name in listed if name not in taken]
    return wrong
