"""From scratch: the algorithms in NumPy, every gradient derived by hand. One algorithm, one file."""
