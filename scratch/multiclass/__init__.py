"""Multiclass prediction: decisions by scores, and reductions of a multiclass problem to binary ones.

A decision is ``forward(scores, ...)``, which returns labels and has no gradient. A reduction is a model: ``fit(X, y,
**options)`` returns a NamedTuple ``Fitted`` and ``predict(fitted, X)`` the labels. Classes are 0 to C - 1.
"""
