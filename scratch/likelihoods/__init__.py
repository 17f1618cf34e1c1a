"""Maximum likelihood: ``forward(input, ...)`` is the log-likelihood of data, ``backward`` its gradients.

``fit`` returns the NamedTuple ``Fitted``, the parameters that maximize it, and ``predict(fitted, X)`` what they say of
new data. The log-likelihood is a sum over the samples unless `reduction` says otherwise.
"""
