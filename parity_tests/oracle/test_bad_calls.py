"""Calls that cannot be judged: each is one error of the oracle's own, which names the argument and what came."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

import gradtwin
from gradtwin.core.errors import GradtwinError
from gradtwin.face.plugin import Judge

X = np.random.default_rng(0).standard_normal((4, 3))


def elu(x: Any, *, alpha: float = 1.0) -> Any:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def leaky(x: Any, *, alpha: float = 1.0, slope: float = 0.0) -> Any:
    return elu(x, alpha=alpha) + slope


def product(x: Any, weight: Any) -> Any:
    return x * weight


def pull(grad: Any, x: Any, weight: Any) -> Any:
    return grad * weight, grad * x


def raising(rng: Any) -> Any:
    return [rng.standart_normal(3)]


class Fitted(NamedTuple):
    mean: Any


MEAN = SimpleNamespace(
    fit=lambda X, *, l2=0.0: Fitted(X.mean() + l2), predict=lambda fitted, X: fitted.mean + X, __name__="mean"
)
BARE = SimpleNamespace(fit=lambda X: X.mean(), predict=lambda fitted, X: fitted + X, __name__="bare")


def sine(**changes: Any) -> Any:
    right = {"forward": np.sin, "backward": lambda grad, x: grad * np.cos(x), "twin": torch.sin, "inputs": [X]}
    return gradtwin.check(**{**right, **changes})


def multiply(**changes: Any) -> Any:
    right = {"forward": product, "backward": pull, "twin": product, "inputs": [X, X]}
    return gradtwin.check(**{**right, **changes})


def estimate(**changes: Any) -> Any:
    return gradtwin.check_estimator(**{"model": MEAN, "twin": MEAN, "inputs": [X, X], **changes})


def descend(**changes: Any) -> Any:
    return gradtwin.check_optimizer(**{"optimizer": SimpleNamespace(), "twin": torch.optim.SGD, **changes})


def function(forward: Any, twin: Any, **options: Any) -> Any:
    return gradtwin.check(forward, twin=twin, inputs=[X], options=options)


F = torch.nn.functional
EMPTY: Any = SimpleNamespace()
any_check: Any = gradtwin.check
check_estimator: Any = gradtwin.check_estimator
check_optimizer: Any = gradtwin.check_optimizer
check_scheduler: Any = gradtwin.check_scheduler
check_training: Any = gradtwin.check_training
any_assert: Any = gradtwin.assert_match
judge: Any = Judge("cpu", 0)

Calls = dict[str, tuple[Callable[[], Any], tuple[str, ...]]]

OPTIONS: Calls = {
    "an option misspelt": (lambda: function(elu, F.elu, aplha=0.2), ("options", "'aplha'", "alpha")),
    "an option of a twin alone": (lambda: function(elu, F.elu, inplace=False), ("options", "'inplace'", "forward")),
    "an option of the suspect alone": (lambda: function(leaky, F.elu, slope=0.1), ("options", "'slope'", "twin")),
    "options of a list": (lambda: sine(options=["out"]), ("options", "mapping", "list")),
    "options of text": (lambda: sine(options="out"), ("options", "mapping", "'out'")),
    "options of a number": (lambda: sine(options=3), ("options", "mapping", "3")),
    "an option that is a tensor": (
        lambda: function(leaky, leaky, slope=torch.ones(3)),
        ("option 'slope'", "Tensor", ".numpy()"),
    ),
    "options whose key is no text": (lambda: sine(options={1: 2}), ("options", "1")),
    "an option that is an input": (lambda: multiply(options={"x": X}), ("options", "'x'", "inputs")),
    "an option that is an input by name": (
        lambda: multiply(inputs={"x": X, "weight": X}, options={"weight": X}),
        ("options", "'weight'", "inputs"),
    ),
}
FORMS_OF_INPUTS: Calls = {
    "inputs omitted": (lambda: any_check(product, twin=product), ("inputs", "sequence, mapping, or callable")),
    "inputs of None": (lambda: any_check(product, twin=product, inputs=None), ("inputs", "None")),
    "inputs of a number": (lambda: sine(inputs=3), ("inputs", "sequence", "int")),
    "inputs of text": (lambda: sine(inputs="x"), ("inputs", "sequence", "str")),
    "inputs of bytes": (lambda: sine(inputs=b"x"), ("inputs", "sequence", "bytes")),
    "inputs of an array": (lambda: sine(inputs=X), ("inputs", "sequence", "ndarray", "[x]")),
    "inputs of a tensor": (lambda: sine(inputs=torch.ones(3)), ("inputs", "sequence", "Tensor", "[x]")),
    "inputs of a set": (lambda: sine(inputs={1.0, 2.0}), ("inputs", "sequence", "set")),
    "inputs of a generator": (lambda: sine(inputs=(x for x in [X])), ("inputs", "sequence", "generator")),
    "a function that raises": (lambda: sine(inputs=raising), ("inputs", "standart_normal", "test_bad_calls.py")),
    "a function that returns a number": (lambda: sine(inputs=lambda rng: 3), ("inputs", "sequence", "int")),
    "a function that returns nothing": (lambda: sine(inputs=lambda rng: None), ("inputs", "sequence", "None")),
    "a function that returns an array": (lambda: sine(inputs=lambda rng: X), ("inputs", "sequence", "ndarray")),
    "a function of nothing": (lambda: sine(inputs=lambda: [X]), ("inputs", "numpy.random.Generator", "()")),
    "a function of two": (lambda: sine(inputs=lambda a, b: [X]), ("inputs", "numpy.random.Generator", "(a, b)")),
}
NUMBERS_OF_INPUTS: Calls = {
    "no inputs for a function of two": (lambda: multiply(inputs=[]), ("inputs", "'x'", "product")),
    "no inputs by name": (lambda: multiply(inputs={}), ("inputs", "'x'", "product")),
    "one input too few": (lambda: multiply(inputs=[X]), ("inputs", "'weight'", "product")),
    "one input too few by name": (lambda: multiply(inputs={"x": X}), ("inputs", "'weight'", "product")),
    "one input too many": (lambda: multiply(inputs=[X, X, X]), ("inputs", "3", "(x, weight)")),
    "an unknown input": (lambda: multiply(inputs={"x": X, "wieght": X}), ("inputs", "'wieght'", "weight")),
    "a twin of fewer": (lambda: multiply(twin=lambda x: x), ("inputs", "twin", "2", "(x)")),
    "a twin of more": (lambda: multiply(twin=lambda x, weight, bias: x), ("inputs", "twin", "'bias'")),
    "a twin of other names": (
        lambda: multiply(inputs={"x": X, "weight": X}, twin=lambda x, weights: x * weights),
        ("inputs", "twin", "'weight'", "weights"),
    ),
    "a twin without a signature of fewer": (lambda: multiply(twin=torch.sin), ("twin", "2 inputs")),
    "a function that draws too few": (lambda: multiply(inputs=lambda rng: [X]), ("inputs", "'weight'")),
}
KINDS_OF_INPUTS: Calls = {
    "a sparse tensor": (lambda: sine(inputs=[torch.ones(3).to_sparse()]), ("input", "'x'", "NumPy", "sparse_coo")),
    "text": (lambda: sine(inputs=["abc"]), ("input", "'x'", "array", "str")),
    "an array of text": (lambda: sine(inputs=[np.array(["a"])]), ("input", "'x'", "real numbers")),
    "an array of objects": (lambda: sine(inputs=[np.array([1.0, None])]), ("input", "'x'", "object")),
    "an array of dates": (lambda: sine(inputs=[np.array(["2026-01-01"], "M8[D]")]), ("input", "'x'", "datetime64")),
    "an array of records": (lambda: sine(inputs=[np.zeros(2, "f8,f8")]), ("input", "'x'", "real numbers")),
    "lists of unequal length": (lambda: sine(inputs=[[[1.0], [1.0, 2.0]]]), ("input", "'x'", "unequal length")),
    "a list of arrays": (lambda: sine(inputs=[[X, X[0]]]), ("twin", "sin", "Tensor", "list")),
    "a list of tensors": (lambda: sine(inputs=[[torch.ones(2)]]), ("twin", "sin", "Tensor", "list")),
    "a mapping of arrays": (lambda: sine(inputs=[{"a": X}]), ("twin", "sin", "Tensor", "dict")),
    "a mapping of words": (lambda: sine(inputs=[{"a": "b"}]), ("input", "'x'", "array", "dict")),
    "a set": (lambda: sine(inputs=[{1.0}]), ("input", "'x'", "array", "set")),
    "a masked array": (lambda: sine(inputs=[np.ma.masked_array(X, X > 0)]), ("input", "'x'", "MaskedArray", "mask")),
    "a function": (lambda: sine(inputs=[np.sin]), ("input", "'x'", "array", "ufunc")),
    "nothing to differentiate": (lambda: sine(inputs=[[1, 2]]), ("floating input", "x: int64")),
}
NAMES: Calls = {
    "an unknown differentiable": (
        lambda: multiply(differentiable=["wieght"]),
        ("differentiable", "'wieght'", "weight"),
    ),
    "an unknown differentiable alone": (lambda: multiply(differentiable="wieght"), ("differentiable", "'wieght'")),
    "a differentiable of a number": (lambda: multiply(differentiable=3), ("differentiable", "3")),
    "differentiable numbers": (lambda: multiply(differentiable=[0]), ("differentiable", "0")),
    "no differentiable at all": (lambda: multiply(differentiable=()), ("differentiable", "gradient")),
    "an integer that is differentiable": (
        lambda: multiply(inputs=[X, np.arange(3)], differentiable=["weight"]),
        ("'weight'", "gradient", "floating", "int64"),
    ),
    "too many names of outputs": (lambda: sine(outputs=("y", "z")), ("outputs", "1", "('y', 'z')")),
    "names of outputs of numbers": (lambda: sine(outputs=(3,)), ("outputs", "3")),
    "a name that is a number": (lambda: sine(name=3), ("name", "text", "3")),
    "a command that is a list": (lambda: sine(command=["a"]), ("command", "text", "list")),
    "an unknown convention": (lambda: sine(accept="moon for sun"), ("accept", "'moon for sun'", "mean for sum")),
    "a convention misspelt": (lambda: sine(accept=("mathmatics",)), ("accept", "'mathmatics'", "mathematics")),
    "a convention of a number": (lambda: sine(accept=3), ("accept", "3")),
}
CONDITIONS: Calls = {
    "dtypes of text": (lambda: sine(dtypes="float32"), ("dtypes", "sequence", "'float32'")),
    "no dtypes": (lambda: sine(dtypes=()), ("dtypes", "at least one", "()")),
    "dtypes of a set": (lambda: sine(dtypes={"float32"}), ("dtypes", "sequence", "set")),
    "dtypes of a number": (lambda: sine(dtypes=32), ("dtypes", "sequence", "32")),
    "dtypes of one type": (lambda: sine(dtypes=np.float32), ("dtypes", "sequence", "float32")),
    "a dtype misspelt": (lambda: sine(dtypes=["flaot32"]), ("dtypes", "'flaot32'", "Nearest: float32")),
    "an unknown dtype": (lambda: sine(dtypes=["single"]), ("dtypes", "'single'", "float64, float32, float16")),
    "a dtype that NumPy has not": (lambda: sine(dtypes=["bfloat16"]), ("dtypes", "'bfloat16'", "tensors")),
    "a dtype that NumPy has not, of an optimizer": (
        lambda: descend(dtypes=[torch.bfloat16]),
        ("dtypes", "'bfloat16'", "tensors"),
    ),
    "a dtype of integers": (lambda: sine(dtypes=[np.int64]), ("dtypes", "int64", "float64")),
    "a dtype of torch that is none": (lambda: sine(dtypes=[torch.int32]), ("dtypes", "int32", "float64")),
    "a dtype that is a number": (lambda: sine(dtypes=[32]), ("dtypes", "32")),
    "a dtype of None": (lambda: sine(dtypes=[None]), ("dtypes", "None")),
    "an unknown device": (lambda: sine(device="tpu"), ("device", "'tpu'", "cpu, cuda")),
    "a device misspelt": (lambda: sine(device="cdua"), ("device", "'cdua'", "Nearest: cuda")),
    "a device without a number": (lambda: sine(device="cuda:x"), ("device", "'cuda:x'", "cuda:N")),
    "a device of a number": (lambda: sine(device=0), ("device", "0")),
    "a device of None": (lambda: sine(device=None), ("device", "None")),
    "a device of torch that is none": (lambda: sine(device=torch.device("meta")), ("device", "meta", "cpu, cuda")),
    "an absent device": (lambda: sine(device="cuda:99"), ("device", "'cuda:99'", "present")),
    "a seed of text": (lambda: sine(seed="1"), ("seed", "'1'")),
    "a seed that is no whole number": (lambda: sine(seed=1.5), ("seed", "1.5")),
    "a seed of None": (lambda: sine(seed=None), ("seed", "None")),
    "a negative seed": (lambda: sine(seed=-1), ("seed", "-1", "0 or more")),
    "exact of a number": (lambda: sine(exact=1), ("exact", "True or False", "1")),
    "exact of text": (lambda: sine(exact="yes"), ("exact", "True or False", "'yes'")),
    "signed zeros of text": (lambda: sine(signed_zeros="output"), ("signed_zeros", "'output'", "outputs")),
    "kinks of one number": (lambda: sine(kinks=0.0), ("kinks", "sequence", "0.0")),
    "kinks of text": (lambda: sine(kinks="0"), ("kinks", "'0'")),
    "kinks that are text": (lambda: sine(kinks=["a"]), ("kinks", "'a'")),
    "kinks that are complex": (lambda: sine(kinks=[1j]), ("kinks", "1j")),
}
KEYWORDS: Calls = {
    "nothing": (lambda: any_check(), ("check", "forward")),
    "no twin": (lambda: any_check(np.sin, inputs=[X]), ("twin", "PyTorch function", "none")),
    "a twin by position": (lambda: any_check(np.sin, None, torch.sin, inputs=[X]), ("check", "3", "inputs")),
    "twice the same": (lambda: any_check(np.sin, forward=np.sin, twin=torch.sin, inputs=[X]), ("check", "forward")),
    "twin misspelt": (lambda: any_check(np.sin, twim=torch.sin, inputs=[X]), ("check", "'twim'", "twin")),
    "dtypes misspelt": (lambda: sine(dtype="float32"), ("check", "'dtype'", "dtypes")),
    "inputs misspelt": (lambda: sine(input=[X]), ("check", "'input'", "inputs")),
    "options misspelt": (lambda: sine(option={}), ("check", "'option'", "options")),
    "an effort": (lambda: sine(effort="fast"), ("effort", "quick", "'fast'")),
    "a tolerance": (lambda: sine(tolerance=1e-6), ("check", "'tolerance'", "bound")),
    "a relative tolerance": (lambda: sine(**{"rtol": 1e-6}), ("check", "'rtol'", "bound")),
    "an absolute tolerance": (lambda: sine(**{"atol": 1e-6}), ("check", "'atol'", "bound")),
    "margin misspelt": (lambda: estimate(margn=None), ("check_estimator", "'margn'", "margin")),
    "an estimator without a twin": (lambda: check_estimator(MEAN, inputs=[X, X]), ("check_estimator", "twin")),
    "shapes misspelt": (lambda: descend(shape={}), ("check_optimizer", "'shape'", "shapes")),
    "an option for the check": (lambda: descend(lr=0.1), ("check_optimizer", "'lr'", "goes into options")),
    "an optimizer without a twin": (lambda: check_optimizer(EMPTY), ("check_optimizer", "twin")),
    "a schedule without a twin": (lambda: check_scheduler(EMPTY), ("check_scheduler", "twin")),
    "a training without an optimizer": (
        lambda: check_training(product),
        ("check_training", "optimizer", "twin"),
    ),
    "an optimizer with a seed of text": (lambda: descend(seed="1"), ("seed", "'1'")),
    "an optimizer with a device of a number": (lambda: descend(device=0), ("device", "0")),
    "an optimizer with dtypes of text": (lambda: descend(dtypes="float32"), ("dtypes", "sequence")),
    "an optimizer with options of a list": (lambda: descend(options=["lr"]), ("options", "mapping")),
    "an estimator with a margin of a number": (lambda: estimate(margin=3), ("margin", "callable", "3")),
    "an assertion of nothing": (lambda: any_assert(), ("assert_match", "report")),
    "an assertion of a number": (lambda: any_assert(3), ("assert_match", "report", "3")),
    "an assertion of None": (lambda: any_assert(None), ("assert_match", "report", "None")),
    "an assertion of a report and more": (lambda: any_assert(gradtwin.Report("a"), 3), ("assert_match", "report")),
    "an assertion with twin misspelt": (lambda: any_assert(np.sin, twim=torch.sin, inputs=[X]), ("'twim'", "twin")),
    "the fixture with twin misspelt": (lambda: judge.check(np.sin, twim=torch.sin, inputs=[X]), ("'twim'", "twin")),
    "the fixture asserting nothing": (lambda: judge.assert_match(), ("assert_match", "report")),
    "the fixture asserting a number": (lambda: judge.assert_match(3), ("assert_match", "report", "3")),
}
CODE: Calls = {
    "a suspect of a number": (lambda: sine(forward=3), ("forward", "callable", "3")),
    "a backward of text": (lambda: sine(backward="cos"), ("backward", "callable", "'cos'")),
    "a twin of text": (lambda: sine(twin="a tanh"), ("twin", "callable", "'a tanh'")),
    "a twin of None": (lambda: sine(twin=None, backward=None), ("twin", "PyTorch function", "none")),
    "a twin that is an array": (lambda: sine(twin=X), ("twin", "callable", "ndarray")),
    "a twin that is a class": (lambda: sine(twin=torch.nn.Tanh), ("twin", "the class Tanh", "Tanh()")),
    "a margin that raises": (
        lambda: sine(backward=None, margin=lambda x: x.lead),
        ("margin", "AttributeError", "lead", "test_bad_calls.py"),
    ),
    "a margin of two": (lambda: sine(backward=None, margin=lambda x, y: x), ("margin", "TypeError", "'y'")),
    "a margin that returns a number": (lambda: sine(backward=None, margin=lambda x: 3), ("margin", "tensor", "3")),
    "a margin of a number": (lambda: sine(backward=None, margin=3), ("margin", "callable", "3")),
    "a margin beside a backward": (lambda: sine(margin=np.sin), ("margin", "backward")),
    "a model without predict": (lambda: estimate(model=SimpleNamespace(fit=MEAN.fit)), ("model", "predict")),
    "a twin without fit": (lambda: estimate(twin=SimpleNamespace()), ("twin", "fit")),
    "a model that is fitted to no NamedTuple": (
        lambda: estimate(model=BARE),
        ("model", "fit", "NamedTuple", "float64"),
    ),
    "a twin that is fitted to no NamedTuple": (lambda: estimate(twin=BARE), ("twin", "fit", "NamedTuple", "Tensor")),
    "a model with an option misspelt": (lambda: estimate(options={"l3": 0.1}), ("options", "'l3'", "l2")),
    "a model of too few inputs": (lambda: estimate(inputs=[]), ("inputs", "'X'")),
    "a model of too many inputs": (lambda: estimate(inputs=[X, X, X]), ("inputs", "2", "fit")),
}
ALL = {
    f"{title} in {group}": call
    for group, calls in {
        "options": OPTIONS,
        "the form of inputs": FORMS_OF_INPUTS,
        "the number of inputs": NUMBERS_OF_INPUTS,
        "the kind of an input": KINDS_OF_INPUTS,
        "names": NAMES,
        "conditions": CONDITIONS,
        "keywords": KEYWORDS,
        "code": CODE,
    }.items()
    for title, call in calls.items()
}


@pytest.mark.parametrize(("call", "words"), ALL.values(), ids=ALL)
def test_a_wrong_call_is_answered(call: Callable[[], Any], words: tuple[str, ...]) -> None:
    with pytest.raises(GradtwinError) as caught:
        call()
    message = str(caught.value)
    assert message.startswith("Expected ")
    assert [word for word in words if word not in message] == [], message


@pytest.mark.parametrize("call", [lambda: sine(seed="1"), lambda: multiply(inputs=[X]), lambda: sine(inputs=raising)])
def test_the_traceback_of_a_wrong_call_leads_to_the_call(call: Callable[[], Any]) -> None:
    with pytest.raises(GradtwinError) as caught:
        call()
    files = [str(entry.path) for entry in caught.traceback]
    assert files[:-1] == [__file__] * 3
    assert files[-1].endswith("arguments.py")
