"""Linear models: ``fit(X, y, **options)`` returns a NamedTuple, ``predict(fitted, X)`` the predictions.

A model with a cost has ``value_and_grad(parameters, X, y, **options)``, between ``Fitted`` and ``fit``.
"""
