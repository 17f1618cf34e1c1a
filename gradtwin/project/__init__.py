"""The pairs that a project declares: what a row is, its trials, and who runs them."""
