"""The schema of reports: it describes every field that there is, and no other, and real reports follow it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import gradtwin
from gradtwin.core.report import SCHEMA_VERSION, VERDICTS, Finding, Report, Tally
from gradtwin.face import cli
from parity_tests.commands import ROOT
from scratch.optimizers import sgd

SCHEMA = json.loads(Path(gradtwin.__file__).with_name("report.schema.json").read_text(encoding="utf-8"))
TYPES = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}
KEYWORDS = {
    "$schema", "$id", "$defs", "$ref", "title", "description", "type", "required", "additionalProperties", "properties",
    "const", "enum", "oneOf", "anyOf", "items", "minItems", "maxItems", "minimum",
}  # fmt: skip


def _errors(value: Any, schema: Any, at: str = "$") -> Iterator[str]:
    """Yield what breaks the schema, of the keywords that it uses."""
    if "$ref" in schema:
        yield from _errors(value, _resolved(schema["$ref"]), at)
    types = [schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type", list(TYPES))
    allowed = tuple(t for name in types for t in TYPES[name])
    if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
        yield f"{at}: {value!r} is no {' or '.join(types)}"
        return
    if "const" in schema and value != schema["const"]:
        yield f"{at}: {value!r} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of {schema['enum']}"
    for choice in ("oneOf", "anyOf"):
        fits = [not any(_errors(value, option, at)) for option in schema.get(choice, [])]
        if fits and (not any(fits) or (choice == "oneOf" and sum(fits) > 1)):
            yield f"{at}: {value!r} fits {sum(fits)} options of {choice}"
    if isinstance(value, dict):
        known, other = schema.get("properties", {}), schema.get("additionalProperties", {})
        yield from (f"{at}: {key} is missing" for key in schema.get("required", ()) if key not in value)
        for key, held in value.items():
            if key not in known and other is False:
                yield f"{at}: {key} is unknown"
            else:
                yield from _errors(held, known.get(key, other), f"{at}.{key}")
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            yield f"{at}: {len(value)} items"
        for i, held in enumerate(value):
            yield from _errors(held, schema.get("items", {}), f"{at}[{i}]")
    if "minimum" in schema and isinstance(value, (int, float)) and value < schema["minimum"]:
        yield f"{at}: {value} is below {schema['minimum']}"


def _resolved(reference: str) -> Any:
    found = SCHEMA
    for key in reference.removeprefix("#").strip("/").split("/") if reference != "#" else ():
        found = found[key]
    return found


def _parts(schema: Any) -> Iterator[Any]:
    """Yield a schema and all schemas inside."""
    yield schema
    inside = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]
    inside += [*schema.get("oneOf", ()), *schema.get("anyOf", ())]
    inside += [schema[key] for key in ("items", "additionalProperties") if isinstance(schema.get(key), dict)]
    for part in inside:
        yield from _parts(part)


def _square(x: Any) -> Any:
    return x * x


def _check(backward: Callable[..., Any]) -> Report:
    return gradtwin.check(
        _square,
        backward,
        twin=_square,
        inputs=[np.linspace(-1.0, 1.0, 7)],
        dtypes=("float64", "float32"),
        command="again",
    )


def _slipping(*arguments: Any, **options: Any) -> Any:
    param, state = sgd.step(*arguments, **options)
    return param * (1 + 2**-20), state


class _Slipping:
    init = staticmethod(sgd.init)
    step = staticmethod(_slipping)


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    run = Tally(1, 1, {}, {}, 3, {"float64": None, "float32": 2}, {"float64": (1.0, 0.5)})
    return {
        "match": _check(lambda grad, x: 2 * grad * x),
        "mismatch": _check(lambda grad, x: 3 * grad * x),
        "not a number": _check(lambda grad, x: np.full_like(x, np.nan)),
        "structure": _check(lambda grad, x: (2 * grad * x)[:3]),
        "crash": _check(lambda grad, x: 1 / 0),
        "optimizer": gradtwin.check_optimizer(_Slipping, twin=torch.optim.SGD, steps=3),
        "training": Report("run", tally=run),
    }


def test_real_reports_follow_the_schema(reports: dict[str, Report]) -> None:
    verdicts = {name: report.verdict for name, report in reports.items()}
    assert verdicts == {
        "match": "match",
        "mismatch": "mismatch",
        "not a number": "mismatch",
        "structure": "structure",
        "crash": "crash",
        "optimizer": "mismatch",
        "training": "match",
    }
    for name, report in reports.items():
        data = json.loads(json.dumps(report.to_dict(), allow_nan=False))
        assert list(_errors(data, SCHEMA)) == [], name


ALTERED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a missing field": lambda data: data.pop("notes"),
    "an unknown field": lambda data: data.update(colour="red"),
    "an unknown verdict": lambda data: data.update(verdict="fine"),
    "another version": lambda data: data.update(schema=SCHEMA_VERSION + 1),
    "a text for a number": lambda data: data["findings"][0].update(expected="1.5"),
    "a truth value for a number": lambda data: data["findings"][0].update(expected=True),
    "a negative place": lambda data: data["findings"][0].update(index=[-1]),
    "a fraction of a check": lambda data: data["tally"].update(checks=0.5),
    "one metric for two": lambda data: data["tally"].update(metrics={"float64": [1.0]}),
}


@pytest.mark.parametrize("alter", ALTERED.values(), ids=ALTERED)
def test_altered_reports_break_the_schema(alter: Callable[[dict[str, Any]], Any], reports: dict[str, Report]) -> None:
    data = copy.deepcopy(reports["mismatch"].to_dict())
    alter(data)
    assert list(_errors(data, SCHEMA))


def test_verify_json_follows_the_schema(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert cli.main(["verify", "activations.relu", "--dtype", "float32", "--json"]) == 0
    assert list(_errors(json.loads(capsys.readouterr().out), _resolved("#/$defs/verification"))) == []


@pytest.mark.parametrize(
    ("data", "schema"),
    [
        (Report("").to_dict(), SCHEMA),
        (Finding("mismatch", "output", "").to_dict(), SCHEMA["$defs"]["finding"]),
        (Tally().to_dict(), SCHEMA["$defs"]["tally"]),
    ],
    ids=["report", "finding", "tally"],
)
def test_every_field_is_documented_and_no_other(data: dict[str, Any], schema: dict[str, Any]) -> None:
    assert set(data) == set(schema["properties"]) == set(schema["required"])


def test_every_field_is_described() -> None:
    for part in _parts(SCHEMA):
        assert set(part) <= KEYWORDS
        for name, field in part.get("properties", {}).items():
            assert field["description"].endswith("."), name


def test_verdicts_and_version_are_those_of_the_code() -> None:
    assert [option["const"] for option in SCHEMA["$defs"]["verdict"]["oneOf"]] == list(VERDICTS)
    assert SCHEMA["properties"]["schema"]["const"] == SCHEMA_VERSION
