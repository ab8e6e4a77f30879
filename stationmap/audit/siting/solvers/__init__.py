"""Location problems and what solves them: greedy, local search, Lagrangian bounds, mixed-integer programs."""
