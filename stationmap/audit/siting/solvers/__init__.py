"""The location problem all four models come down to, and what solves it.

`location_problem` states it, `candidate_pairs` finds who is near which candidate; `solver` tries `greedy`,
`local_search`, the bounds of `lagrangian` and the program of `milp` (HiGHS, at work in `highs_run`), in the order that
pays; `fewest` finds how few candidates are enough.
"""
