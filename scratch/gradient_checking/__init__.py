"""Gradients without derivation: ``forward(input, function, step)`` from values of the function alone.

They check hand-derived gradients; each costs a number of evaluations that grows with the elements of the input.
"""
