"""What every judgement uses: the bound, noise, truth, the one comparison, controls, causes, calls of anybody's code."""
