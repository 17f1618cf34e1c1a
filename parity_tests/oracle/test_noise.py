"""The shadows: what they leave alone, what they perturb, and by how much."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import scipy.linalg
import torch
from numpy.typing import NDArray

import gradtwin
from gradtwin.core.bound import K
from gradtwin.core.errors import UsageError
from gradtwin.core.noise_numpy import NumpyShadow, plain
from gradtwin.core.noise_torch import TorchShadow, under

Array = NDArray[Any]
UNIT, ETA = 2.0**-24, 2.0**-149
AMPLITUDE = K * UNIT
RUNS = 30
X = np.random.default_rng(0).standard_normal((40, 25))
Y = np.random.default_rng(1).standard_normal((40, 25))


class Shadow(NamedTuple):
    """One noisy run of a function of two arrays, whose library it is given as `xp`."""

    run: Callable[..., Array]

    def spread(self, function: Callable[..., Any], *arrays: Array, amplitude: float = AMPLITUDE) -> Array:
        """Return the largest distance of a few runs from the quiet one."""
        quiet = self.run(function, *arrays, amplitude=0.0, seed=0)
        runs = [self.run(function, *arrays, amplitude=amplitude, seed=i) for i in range(RUNS)]
        return np.asarray(np.max([np.abs(r - quiet) for r in runs], axis=0))


def _numpy(function: Callable[..., Any], *arrays: Array, amplitude: float = AMPLITUDE, seed: int = 0) -> Array:
    shadow = NumpyShadow(amplitude, ETA, seed)
    return np.array(plain(function(np, *(shadow.shadow(x.copy()) for x in arrays))))


def _torch(function: Callable[..., Any], *arrays: Array, amplitude: float = AMPLITUDE, seed: int = 0) -> Array:
    tensors = [torch.tensor(x) for x in arrays]
    with TorchShadow(amplitude, ETA, seed):
        out = function(torch, *tensors)
    return np.asarray(out.numpy())


both = pytest.mark.parametrize("shadow", [Shadow(_numpy), Shadow(_torch)], ids=["numpy", "torch"])

EXACT: dict[str, Callable[..., Any]] = {
    "maximum": lambda xp, x, y: xp.maximum(x, y),
    "negation": lambda xp, x, y: -x,
    "absolute value": lambda xp, x, y: xp.abs(x),
    "selection": lambda xp, x, y: xp.where(x > 0, x, y),
    "indexing": lambda xp, x, y: x[3:7, ::2],
    "reshaping": lambda xp, x, y: x.reshape(25, 40),
    "transposing": lambda xp, x, y: x.T,
    "times 2": lambda xp, x, y: 2.0 * x,
    "divided by 4": lambda xp, x, y: x / 4,
    "comparison": lambda xp, x, y: x > y,
    "largest place": lambda xp, x, y: xp.argmax(x),
    "largest": lambda xp, x, y: x.max(),
}

ROUNDED: dict[str, Callable[..., Any]] = {
    "sum of two": lambda xp, x, y: x + y,
    "product": lambda xp, x, y: x * y,
    "quotient": lambda xp, x, y: x / y,
    "times 3": lambda xp, x, y: 3.0 * x,
    "exp": lambda xp, x, y: xp.exp(x),
    "sum of all": lambda xp, x, y: x.sum(),
    "sum of rows": lambda xp, x, y: x.sum(0),
    "mean": lambda xp, x, y: x.mean(),
    "matrix product": lambda xp, x, y: x @ y.T,
}


def _multiply_in_place(xp: Any, x: Any, y: Any) -> Any:
    x *= y
    return x


def _multiply_into(xp: Any, x: Any, y: Any) -> Any:
    out = xp.zeros_like(x)
    xp.multiply(x, y, out=out)
    return out


@both
@pytest.mark.parametrize("operation", EXACT)
def test_exact_operations_stay_exact(shadow: Shadow, operation: str) -> None:
    function = EXACT[operation]
    assert np.array_equal(shadow.run(function, X, Y), function(np, X, Y))


@both
@pytest.mark.parametrize("operation", ROUNDED)
def test_rounded_operations_get_noise_and_keep_near(shadow: Shadow, operation: str) -> None:
    function = ROUNDED[operation]
    quiet = shadow.run(function, X, Y, amplitude=0.0)
    noisy = shadow.run(function, X, Y)
    assert np.all(noisy != quiet)
    assert np.max(np.abs(noisy - quiet)) < K * AMPLITUDE * np.sum(np.abs(X))


@both
def test_noise_is_repeatable_and_depends_on_the_seed(shadow: Shadow) -> None:
    function = ROUNDED["product"]
    assert np.array_equal(shadow.run(function, X, Y, seed=3), shadow.run(function, X, Y, seed=3))
    assert np.all(shadow.run(function, X, Y, seed=3) != shadow.run(function, X, Y, seed=4))


@both
@pytest.mark.parametrize("operation", ["product", "sum of two", "times 3"])
def test_zeros_and_signs_stay(shadow: Shadow, operation: str) -> None:
    some = np.where(np.arange(25) % 3 == 0, 0.0, X)
    quiet = np.asarray(ROUNDED[operation](np, some, 0 * some))
    noisy = shadow.run(ROUNDED[operation], some, 0 * some)
    assert np.array_equal(np.sign(noisy), np.sign(quiet))


@both
def test_spread_of_a_product_is_at_most_its_amplitude(shadow: Shadow) -> None:
    spread = shadow.spread(ROUNDED["product"], X, Y)
    assert np.all(spread > 0)
    assert np.all(spread <= AMPLITUDE * np.abs(X * Y))


@both
def test_spread_grows_with_the_unit_roundoff(shadow: Shadow) -> None:
    fine, coarse = (shadow.spread(ROUNDED["product"], X, Y, amplitude=K * u) for u in (2.0**-24, 2.0**-11))
    assert np.all(coarse > 1000 * fine)


@both
@pytest.mark.parametrize("operation", ["sum", "matmul"])
def test_a_sum_of_many_terms_gets_more_noise_than_one_operation(shadow: Shadow, operation: str) -> None:
    ones = np.ones((1, 1000))
    one = shadow.spread(lambda xp, x: x * 3.0, np.full((1, 1), 1000 / 3))
    many = shadow.spread((lambda xp, x: x.sum()) if operation == "sum" else (lambda xp, x: x @ x.T), ones)
    assert np.max(one) < np.max(many) < 1000 * np.max(one)


@both
def test_terms_that_cancel_leave_the_noise_of_their_size(shadow: Shadow) -> None:
    cancelling = np.concatenate([np.full(500, 1e6), np.full(500, -1e6)])
    assert shadow.run(lambda xp, x: x.sum(), cancelling, amplitude=0.0) == 0
    assert shadow.spread(lambda xp, x: x.sum(), cancelling) > AMPLITUDE * 1e6


@both
@pytest.mark.parametrize("function", [_multiply_in_place, _multiply_into])
def test_results_written_into_memory_get_noise_as_well(shadow: Shadow, function: Callable[..., Any]) -> None:
    spread = shadow.spread(function, X, Y)
    assert np.all(spread > 0)
    assert np.all(spread <= AMPLITUDE * np.abs(X * Y))


@both
@pytest.mark.parametrize("operation", ["sum of two", "times 3", "exp", "sum of all"])
def test_infinities_stay_infinite(shadow: Shadow, operation: str) -> None:
    x = np.array([np.inf, 1.0, 2.0])
    quiet = np.asarray(ROUNDED[operation](np, x, x))
    noisy = shadow.run(ROUNDED[operation], x, x)
    assert np.isposinf(noisy).tolist() == np.isposinf(quiet).tolist()
    assert not np.any(np.isnan(noisy))


@both
def test_integers_get_no_noise(shadow: Shadow) -> None:
    n = np.arange(1, 8)
    assert shadow.run(lambda xp, n: (n * 3).sum() + n, n).tolist() == (84 + n).tolist()


def test_backward_gets_noise_too() -> None:
    x = torch.tensor(X, requires_grad=True)
    loss = torch.sigmoid(x).sum()

    def gradient() -> Any:
        return torch.autograd.grad(loss, x, retain_graph=True)[0]

    quiet = gradient()
    with TorchShadow(AMPLITUDE, ETA, 0):
        noisy = gradient()
    assert torch.all(noisy != quiet)
    assert torch.all((noisy - quiet).abs() < K * AMPLITUDE)


@pytest.mark.parametrize("fused", ["softmax", "gelu", "log_softmax", "softplus", "layer_norm"])
def test_fused_kernels_are_taken_apart(fused: str) -> None:
    function = getattr(torch.nn.functional, fused)
    argument: dict[str, dict[str, Any]] = {
        "softmax": {"dim": -1},
        "log_softmax": {"dim": -1},
        "layer_norm": {"normalized_shape": (25,)},
    }
    x = torch.tensor(X) - 9
    quiet = function(x, **argument.get(fused, {}))
    with TorchShadow(AMPLITUDE, ETA, 0):
        noisy = function(x, **argument.get(fused, {}))
    assert torch.any((noisy - quiet).abs() > AMPLITUDE * quiet.abs())


def test_the_gelus_left_tail_is_granted_the_digits_that_torch_loses_there() -> None:
    x = torch.full((200,), -7.0, dtype=torch.float64)
    quiet = torch.nn.functional.gelu(x)
    with TorchShadow(AMPLITUDE, ETA, 0):
        noisy = torch.nn.functional.gelu(x)
    assert (noisy - quiet).abs().max() > 1000 * quiet.abs().max()


def test_wrapped_inputs_get_noise_and_plain_takes_it_off() -> None:
    class Pair(NamedTuple):
        first: Any
        second: Any

    shadow = NumpyShadow(AMPLITUDE, ETA, 0)
    wrapped = shadow.wrap(X)
    assert np.all(plain(wrapped) != X)
    assert np.max(np.abs(plain(wrapped) / X - 1)) < 2 * AMPLITUDE
    assert shadow.wrap(3) == 3
    bare = plain(Pair(wrapped, [wrapped, {"x": wrapped}]))
    assert [type(x) for x in (bare.first, bare.second[0], bare.second[1]["x"])] == [np.ndarray] * 3


def test_values_near_the_subnormal_edge_get_noise_of_its_size() -> None:
    tiny = np.full(1000, 4 * ETA)
    numpy_noise = np.abs(NumpyShadow(AMPLITUDE, K * ETA, 0).perturb(tiny) - tiny)
    torch_noise = (TorchShadow(AMPLITUDE, K * ETA, 0).perturb(torch.tensor(tiny)) - torch.tensor(tiny)).abs().numpy()
    for noise in (numpy_noise, torch_noise):
        assert ETA < np.max(noise) < 2 * K * ETA


@pytest.mark.parametrize(
    ("values", "moved"),
    [
        ([0.25, 0.5, 3.0], [True, True, True]),
        ([0.0, 0.25, 1.0], [False, True, False]),
        ([-1.0, -0.25, 1.0], [False, True, False]),
        ([0.5, 1.0, 2.0], [True, True, True]),
        ([-1.0, 1.0, 1.0], [False, False, False]),
        ([0.0, 2.0, 7.0], [False, False, False]),
        ([], []),
    ],
    ids=["numbers", "probabilities", "correlations", "beyond 1", "labels", "counts", "nothing"],
)
def test_inputs_stay_what_they_are(values: list[float], moved: list[bool]) -> None:
    x = torch.tensor(values, dtype=torch.float64)
    noisy = TorchShadow(AMPLITUDE, ETA, 0).perturb_input(x)
    assert (noisy != x).tolist() == moved
    assert torch.all((noisy - x).abs() <= AMPLITUDE * x.abs())


def test_probabilities_near_1_do_not_pass_it() -> None:
    x = torch.full((1000,), 1 - UNIT, dtype=torch.float64)
    noisy = TorchShadow(AMPLITUDE, ETA, 0).perturb_input(x)
    assert noisy.min() < 1 - UNIT < noisy.max() == 1


@pytest.mark.parametrize(
    ("function", "limit"),
    [
        (torch.sigmoid, 1.0),
        (torch.tanh, 1.0),
        (torch.erf, 1.0),
        (torch.cos, 1.0),
        (torch.special.erfc, 2.0),
        (lambda x: torch.softmax(x, 0), 1.0),
    ],
    ids=["sigmoid", "tanh", "erf", "cos", "erfc", "softmax"],
)
def test_bounded_functions_stay_within_their_limits(function: Callable[..., Any], limit: float) -> None:
    for seed in range(RUNS):
        with TorchShadow(AMPLITUDE, ETA, seed):
            assert function(torch.tensor([50.0, 0.0, -50.0], dtype=torch.float64)).abs().max() <= limit


def test_a_decomposition_that_fails_leaves_the_kernel_whole() -> None:
    """Torch takes index_add apart in a way that does not take an index without dimensions."""
    x = torch.zeros(3, 2, dtype=torch.float64)
    with TorchShadow(AMPLITUDE, ETA, 0):
        out = x.index_add(0, torch.tensor(1), torch.ones(1, 2, dtype=torch.float64))
    assert torch.all((out[1] - 1).abs() <= 2 * AMPLITUDE)
    assert out[[0, 2]].tolist() == [[0, 0], [0, 0]]


def test_a_power_in_place_is_one_of_the_tensor() -> None:
    x = torch.tensor(X).abs()
    with TorchShadow(AMPLITUDE, ETA, 0):
        noisy = x.clone().pow_(3)
    assert torch.all(noisy != x**3)
    assert torch.all((noisy - x**3).abs() <= 2 * AMPLITUDE * x**3)


def test_attention_is_computed_step_by_step_under_noise() -> None:
    query, key, value = (torch.tensor(X.reshape(2, 2, 25, 10), requires_grad=True) for _ in range(3))
    names = set()

    class Seen(TorchShadow):
        def __torch_dispatch__(self, func: Any, *rest: Any) -> Any:
            names.add(str(func.overloadpacket.__name__))
            return super().__torch_dispatch__(func, *rest)

    with under(Seen(AMPLITUDE, ETA, 0)):
        torch.nn.functional.scaled_dot_product_attention(query, key, value).sum().backward()
    assert "_softmax_backward_data" in names
    assert not [name for name in names if "flash" in name]


def test_stored_values_are_stored_as_they_are_and_added_ones_are_rounded() -> None:
    with TorchShadow(AMPLITUDE, ETA, 0):
        stored = torch.tensor(X).sign()
        stored[stored.lt(0)] = 0.3
        added = torch.ones(3, dtype=torch.float64).index_put((torch.tensor([0, 0]),), torch.tensor(X[0, :2]), True)
    assert set(stored.flatten().tolist()) == {0.3, 1.0}
    assert added[0] != 1 + X[0, 0] + X[0, 1]


def test_a_scaled_term_of_a_sum_rounds_on_its_own() -> None:
    """Optimizers add multiples in place; where the sum cancels, the product's rounding is all that is left."""
    for add in (
        lambda xp, x, y: xp.add(x, y, alpha=0.3),
        lambda xp, x, y: xp.sub(x, y, alpha=-0.3),
        lambda xp, x, y: x.clone().add_(y, alpha=0.3),
    ):
        assert np.all(Shadow(_torch).spread(add, -0.3 * Y, Y) >= AMPLITUDE * np.abs(0.3 * Y) / 4)


def test_sums_of_a_convolution_round_like_sums() -> None:
    """Two channels cancel exactly; their terms do not round away."""
    x = np.concatenate([X[:3, None, :9], X[:3, None, :9]], axis=1)
    w = np.stack([Y[:4, :3], -Y[:4, :3]], axis=1)

    def forward(xp: Any, x: Any, w: Any) -> Any:
        return xp.nn.functional.conv1d(x, w)

    def of_weight(xp: Any, x: Any, w: Any) -> Any:
        w = w.clone().requires_grad_()
        slope = xp.ones(3, 4, 7, dtype=x.dtype) * xp.tensor([1.0, -1.0, 1.0, -1.0], dtype=x.dtype)[:, None]
        return xp.autograd.grad(forward(xp, x, w), w, slope)[0]

    sizes = np.sqrt(np.einsum("nck,ock->no", x[:, :, :3] ** 2, w**2))
    assert np.all(Shadow(_torch).spread(forward, x, w)[:, :, 0] >= AMPLITUDE * sizes / 4)
    assert np.all(Shadow(_torch).spread(of_weight, x, w) > AMPLITUDE * np.abs(x).min())


def test_a_factorization_is_granted_what_moves_whole_columns() -> None:
    graded = X[:6, :3] * np.array([500.0, 1, 1, 80, 1, 1])[:, None]
    report = gradtwin.check(
        lambda x: np.linalg.qr(x)[0], twin=lambda x: torch.linalg.qr(x)[0], inputs=(graded,), dtypes=("float32",)
    )
    assert report.ok, report
    assert report.tally.twin["float32"] < 1


def _graded(seed: int) -> Array:
    """Return a matrix whose rows and columns are of several sizes."""
    x = np.random.default_rng(seed).standard_normal((8, 6))
    return np.asarray(x * np.array([1e3, 1, 1e-3, 1] * 2)[:, None] * np.array([100, 1e-2, 1, 1, 1, 1]))


@pytest.mark.parametrize(
    ("function", "twin"),
    [
        (lambda x: np.linalg.svd(x)[1], torch.linalg.svdvals),
        (lambda x: np.linalg.eigvalsh(x[:6] + x[:6].T), lambda x: torch.linalg.eigvalsh(x[:6] + x[:6].T)),
        (lambda x: np.linalg.solve(x[:6], x[6]), lambda x: torch.linalg.solve(x[:6], x[6])),
        (
            lambda x: scipy.linalg.lstsq(x[:, 2:], x[:, 0], lapack_driver="gelsy")[0],
            lambda x: torch.linalg.lstsq(x[:, 2:], x[:, :1]).solution[:, 0],
        ),
        (lambda x: np.linalg.pinv(x[:, 2:]), lambda x: torch.linalg.pinv(x[:, 2:])),
    ],
    ids=["singular values", "eigenvalues", "equations", "least squares", "pseudoinverse"],
)
def test_a_badly_scaled_matrix_is_granted_the_backward_error_of_its_function(function: Any, twin: Any) -> None:
    for seed in range(20):
        report = gradtwin.check(function, twin=twin, inputs=(_graded(seed),), dtypes=("float64", "float32"))
        assert report.ok, report
        assert report.tally.twin["float32"] < 1


def test_where_rounding_decides_whether_there_is_a_result_the_inputs_are_refused() -> None:
    """Two rows that are equal but for rounding: their products with each other are positive definite, or are not."""
    x = np.array([[1.0, 0.3], [1.0, 0.3 + 2.0**-20]])

    def judged(dtype: str) -> gradtwin.Report:
        return gradtwin.check(
            lambda x: np.linalg.cholesky(x @ x.T),
            twin=lambda x: torch.linalg.cholesky(x @ x.T),
            inputs=(x.astype(dtype),),
            dtypes=(dtype,),
        )

    with pytest.raises(UsageError, match="gives a result however it rounds at float32"):
        judged("float32")
    assert judged("float64").ok


SUMS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "sum": (lambda x, y: np.sum(x, 0), lambda x, y: x.sum(0)),
    "mean": (lambda x, y: np.mean(x, 0), lambda x, y: x.sum(0) / 40),
    "dot": (lambda x, y: np.dot(x.T, y), lambda x, y: x.T @ y),
    "einsum": (lambda x, y: np.einsum("ij,ik->jk", x, y), lambda x, y: x.T @ y),
    "tensordot": (lambda x, y: np.tensordot(x, y, ((0,), (0,))), lambda x, y: x.T @ y),
    "cumsum": (lambda x, y: np.cumsum(x, 0)[-1], lambda x, y: x.sum(0)),
}


@pytest.mark.parametrize("name", SUMS)
def test_a_sum_of_numpy_has_the_noise_of_a_sum_by_whatever_name(name: str) -> None:
    named, plainly = SUMS[name]
    shadow = Shadow(_numpy)
    one = shadow.spread(lambda xp, x, y: named(x, y), X, Y)
    other = shadow.spread(lambda xp, x, y: plainly(x, y), X, Y)
    assert 0.8 < np.mean(one) / np.mean(other) < 1.25


SPARSE: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "coordinates": lambda x, y: x.to_sparse() @ y.T,
    "rows": lambda x, y: x.to_sparse_csr() @ y.T,
    "coordinates and a vector": lambda x, y: torch.stack([x.to_sparse() @ row for row in y], 1),
    "by name": lambda x, y: torch.sparse.mm(x.to_sparse(), y.T),
}


@pytest.mark.filterwarnings("ignore:Sparse CSR")
@pytest.mark.parametrize("name", SPARSE)
def test_a_product_with_a_sparse_matrix_has_the_noise_of_a_dense_one(name: str) -> None:
    shadow = Shadow(_torch)
    sparse = shadow.spread(lambda xp, x, y: SPARSE[name](x, y), X, Y)
    dense = shadow.spread(lambda xp, x, y: x @ y.T, X, Y)
    assert 0.8 < np.mean(sparse) / np.mean(dense) < 1.25


def test_what_a_sparse_matrix_does_not_store_is_not_added() -> None:
    one_a_row = np.where(np.arange(25) == np.arange(40)[:, None] % 25, X, 0.0)
    shadow = Shadow(_torch)
    sparse = shadow.spread(lambda xp, x, y: x.to_sparse() @ y.T, one_a_row, Y)
    dense = shadow.spread(lambda xp, x, y: x @ y.T, one_a_row, Y)
    assert np.mean(sparse) < np.mean(dense) / 1.5
