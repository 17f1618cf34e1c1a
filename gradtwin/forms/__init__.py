"""The forms in which people have their code, each adapted to a function of arrays."""
