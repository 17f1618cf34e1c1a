"""The error of gradient checking against its step: forward, central and eighth-order differences, and a complex step.

The largest error of the derivative of 1 / (1 + x^2) at three points, against exact fractions, in float64. That of
order 8 is one difference of `scipy.differentiate`, without its search for a better step.
"""

import argparse

from parity_tests.lectures.test_gradient_checking import CENTRAL, COMPLEX, FORWARD, SCIPY

CURVES = {"forward": FORWARD, "central": CENTRAL, "scipy, order 8": SCIPY, "complex step": COMPLEX}
EVERY = 4


def main() -> None:
    """Print the curves, and the best of each."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    print(f"{'step':>6}" + "".join(f" {name:>15}" for name in CURVES))
    for k in range(EVERY, len(FORWARD), EVERY):
        print(f"2^{-k:<4}" + "".join(f" {curve[k]:15.2g}" for curve in CURVES.values()))
    best = {name: min(range(len(curve)), key=curve.__getitem__) for name, curve in CURVES.items()}
    print(f"{'least':>6}" + "".join(f" {CURVES[name][k]:15.2g}" for name, k in best.items()))
    print(f"{'at':>6}" + "".join(f" {f'2^-{k}':>15}" for k in best.values()))


if __name__ == "__main__":
    main()
