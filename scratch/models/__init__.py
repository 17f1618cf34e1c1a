"""Models: ``fit(X, y, **options)`` returns a NamedTuple and ``predict(fitted, X)`` the predictions."""
