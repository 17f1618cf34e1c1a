"""Kernels that fill buffers: loops of Python, Numba, ctypes and Triton, with what is never written and what is read."""

from __future__ import annotations

import ctypes
import os
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

# Read when Triton is first imported: there may be no GPU here for which it could compile.
os.environ.setdefault("TRITON_INTERPRET", "1")
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import numba
    import triton
    import triton.language as tl

import gradtwin
from gradtwin import kernel
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Report

F = torch.nn.functional
X = np.random.default_rng(0).standard_normal((3, 4))
SINGLE = X.astype(np.float32)
Kernel = Callable[..., Any]


def said(report: Report) -> str:
    return " ".join(f.message for f in report.findings)


def logistic(x: Any, out: Any) -> None:
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            out[i, j] = 1 / (1 + np.exp(-x[i, j]))


def logistic_backward(grad: Any, x: Any, dx: Any) -> None:
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y = 1 / (1 + np.exp(-x[i, j]))
            dx[i, j] = grad[i, j] * y * (1 - y)


def without_its_last_column(x: Any, out: Any) -> None:
    for i in range(x.shape[0]):
        for j in range(x.shape[1] - 1):
            out[i, j] = 1 / (1 + np.exp(-x[i, j]))


def added_to(grad: Any, x: Any, dx: Any) -> None:
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y = 1 / (1 + np.exp(-x[i, j]))
            dx[i, j] += grad[i, j] * y * (1 - y)


def largest_of_rows(x: Any, out: Any) -> None:
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            out[i] = max(out[i], x[i, j])


def twice(grad: Any, x: Any, dx: Any) -> None:
    dx[:] = 2 * grad


def test_what_a_kernel_writes_is_judged() -> None:
    forward, backward = kernel(logistic, out="x"), kernel(logistic_backward, out="x")
    assert gradtwin.check(forward, backward, twin=torch.sigmoid, inputs=[X], dtypes=["float64", "float32"]).ok
    report = gradtwin.check(forward, kernel(twice, out="x"), twin=torch.sigmoid, inputs=[X])
    assert (report.verdict, report.findings[0].quantity) == ("mismatch", "gradient of x")


@pytest.mark.parametrize("compiled", [lambda function: function, numba.njit])
def test_an_element_that_is_never_written_is_named(compiled: Callable[[Kernel], Kernel]) -> None:
    report = gradtwin.check(kernel(compiled(without_its_last_column), out="x"), twin=torch.sigmoid, inputs=[X])
    assert report.verdict == "structure"
    assert "never writes out[0, 3] (3 of 12 elements): what was there stays" in said(report)


def test_kernels_of_numba_are_judged() -> None:
    forward, backward = (kernel(numba.njit(f), out="x") for f in (logistic, logistic_backward))
    assert gradtwin.check(forward, backward, twin=torch.sigmoid, inputs=[X]).ok


def test_a_kernel_that_adds_to_its_buffer_is_named_unless_it_is_said_to() -> None:
    forward = kernel(logistic, out="x")
    report = gradtwin.check(forward, kernel(added_to, out="x"), twin=torch.sigmoid, inputs=[X])
    assert report.verdict == "structure"
    assert "lets dx[0, 0] (12 of 12 elements) depend on what was there before the call" in said(report)
    assert gradtwin.check(forward, kernel(added_to, out="x", start=0.0), twin=torch.sigmoid, inputs=[X]).ok


@pytest.mark.parametrize("dtype", ["float64", "int64"])
def test_a_running_maximum_of_what_was_there_is_named(dtype: str) -> None:
    x = (10 * X).astype(dtype)
    report = gradtwin.check(kernel(largest_of_rows, out=(3,)), twin=lambda x: x.amax(1), inputs=[x])
    assert report.verdict == "structure"
    assert "out[0] (3 of 3 elements)" in said(report)
    started = kernel(largest_of_rows, out=(3,), start=-1000)
    assert gradtwin.check(started, twin=lambda x: x.amax(1), inputs=[x]).ok


def sum_and_place(x: Any, total: Any, place: Any) -> None:
    total[:] = x.sum(1)
    place[:] = x.argmax(1)


def first_place_only(x: Any, total: Any, place: Any) -> None:
    total[:] = x.sum(1)
    place[:1] = x.argmax(1)[:1]


def sum_and_place_of_torch(x: Any) -> Any:
    return x.sum(1), x.argmax(1)


FORMS: dict[str, Any] = {
    "in a row": [(3,), lambda x: np.empty(len(x), np.int64)],
    "by name": {"place": lambda x: np.empty(len(x), np.int64), "total": lambda x: len(x)},
}


@pytest.mark.parametrize("form", FORMS)
def test_several_buffers_have_forms_of_their_own(form: str) -> None:
    def twin(x: Any) -> Any:
        total, place = sum_and_place_of_torch(x)
        return (total, place) if form == "in a row" else (place, total)

    assert gradtwin.check(kernel(sum_and_place, out=FORMS[form]), twin=twin, inputs=[X]).ok
    report = gradtwin.check(kernel(first_place_only, out=FORMS[form]), twin=twin, inputs=[X])
    assert "never writes place[1] (2 of 3 elements)" in said(report)


WRONG: dict[str, Callable[[], Any]] = {
    "Expected out to name an input of the kernel (x); got 'X'.": lambda: kernel(logistic, out="X")(X),
    "Expected out to be the name of an input": lambda: kernel(logistic, out=3.5),
    "or a list or a mapping of these; got list []": lambda: kernel(logistic, out=[]),
    "Expected a kernel to be callable; got 3": lambda: kernel(3, out="x"),  # type: ignore[arg-type]
    "Expected the function of out to return an array, a tensor or a shape; got 3.5": lambda: kernel(
        logistic, out=lambda x: 3.5
    )(X),
}


@pytest.mark.parametrize("words", WRONG)
def test_another_form_of_buffers_is_a_usage_error(words: str) -> None:
    with pytest.raises(UsageError) as error:
        WRONG[words]()
    assert words in str(error.value)


SOURCE = """
#include <stddef.h>
void cube(const double *x, double *out, size_t n) { for (size_t i = 0; i < n; i++) out[i] = x[i] * x[i] * x[i]; }
void cube_backward(const double *grad, const double *x, double *dx, size_t n)
{ for (size_t i = 0; i < n; i++) dx[i] = 3 * grad[i] * x[i] * x[i]; }
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a library of C, which every machine with a compiler of C can make."""
    folder = tmp_path_factory.mktemp("c")
    (folder / "cube.c").write_text(SOURCE)
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", folder / "cube.so", folder / "cube.c"], check=True)
    return _declared(folder / "cube.so")


def _declared(path: Path) -> Any:
    library = ctypes.CDLL(str(path))
    array = np.ctypeslib.ndpointer(np.float64, flags="C_CONTIGUOUS")
    library.cube.argtypes = [array, array, ctypes.c_size_t]
    library.cube_backward.argtypes = [array, array, array, ctypes.c_size_t]
    library.cube.restype = library.cube_backward.restype = None
    return library


def c_kernels(library: Any, left_over: int) -> tuple[Kernel, Kernel]:
    """Return the functions of C as kernels, of which the forward leaves out so many elements."""

    def forward(x: Any, out: Any) -> None:
        library.cube(np.ascontiguousarray(x), out, x.size - left_over)

    def backward(grad: Any, x: Any, dx: Any) -> None:
        library.cube_backward(np.ascontiguousarray(grad), np.ascontiguousarray(x), dx, x.size)

    return kernel(forward, out="x"), kernel(backward, out="x")


def test_functions_of_c_are_judged(library: Any) -> None:
    assert gradtwin.check(*c_kernels(library, 0), twin=lambda x: x**3, inputs=[X]).ok
    assert not gradtwin.check(*c_kernels(library, 0), twin=lambda x: x**2, inputs=[X]).ok
    report = gradtwin.check(*c_kernels(library, 1), twin=lambda x: x**3, inputs=[X])
    assert "never writes out[2, 3] (1 of 12 elements)" in said(report)


def test_a_function_that_does_not_say_what_it_takes_is_a_kernel(library: Any) -> None:
    function = kernel(lambda *arguments: library.cube(*arguments, arguments[0].size), out=np.empty_like)
    assert gradtwin.check(function, twin=lambda x: x**3, inputs=[X]).ok


@triton.jit  # type: ignore[untyped-decorator]
def relu6_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + at, mask=at < n, other=0.0)
    tl.store(out_ptr + at, tl.minimum(tl.maximum(x, 0.0), 6.0), mask=at < n)


def relu6(blocks: Callable[[int], int]) -> Kernel:
    """Return a launch over that many blocks of 4 of a number of elements."""

    def launch(x: Any, out: Any) -> None:
        relu6_kernel[(blocks(x.numel()),)](x.contiguous(), out, x.numel(), BLOCK=4)

    return kernel(launch, out="x")


def relu6_backward(grad: Any, x: Any) -> Any:
    return grad * ((x > 0) & (x < 6))


def test_a_launch_of_triton_is_judged() -> None:
    x = torch.from_numpy(SINGLE[:2, :3] * 4)
    assert gradtwin.check(relu6(lambda n: -(-n // 4)), relu6_backward, twin=F.relu6, inputs=[x]).ok
    report = gradtwin.check(relu6(lambda n: -(-n // 4)), twin=F.hardsigmoid, inputs=[x])
    assert report.verdict == "mismatch"


def test_blocks_that_are_not_launched_are_named() -> None:
    x = torch.from_numpy(SINGLE[:2, :3] * 4)
    report = gradtwin.check(relu6(lambda n: n // 4), relu6_backward, twin=F.relu6, inputs=[x])
    assert "never writes out[1, 1] (2 of 6 elements)" in said(report)


def test_a_wrong_gradient_of_compiled_code_is_refused_and_raises_nothing() -> None:
    backward = numba.njit(lambda grad, x: grad * (1 - np.tanh(x)))
    assert gradtwin.check(np.tanh, backward, twin=torch.tanh, inputs=[X]).verdict == "mismatch"
