"""A `jax.custom_vjp`, without a twin: the function within its rule is the truth."""

import jax
import jax.numpy as jnp
import numpy as np

import gradtwin

X = np.linspace(-2, 3, 12, dtype=np.float32).reshape(4, 3)


def with_backward(backward):
    function = jax.custom_vjp(lambda x: x * jnp.tanh(x))
    function.defvjp(lambda x: (x * jnp.tanh(x), x), backward)
    return function


def backward(x, grad):
    t = jnp.tanh(x)
    return (grad * (t + x * (1 - t * t)),)


def backward_one_term_less(x, grad):
    return (grad * jnp.tanh(x),)


def right():
    return gradtwin.check(with_backward(backward), inputs=[X])


def wrong():
    return gradtwin.check(with_backward(backward_one_term_less), inputs=[X])
