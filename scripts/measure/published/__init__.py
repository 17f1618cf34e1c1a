"""Published code with a backward, judged as it is: each module holds entries of one kind of package."""
