"""A choice is as good as enumeration finds, and the bound is never below it."""

from __future__ import annotations

import csv
import math
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stationmap.audit.siting.solvers import greedy as greedy_module
from stationmap.audit.siting.solvers.fewest import solve_fewest
from stationmap.audit.siting.solvers.greedy import greedy, prune, swap
from stationmap.audit.siting.solvers.lagrangian import evaluate, find_multipliers, refine, worth_keeping
from stationmap.audit.siting.solvers.local_search import Choice, iterated_local_search
from stationmap.audit.siting.solvers.location_problem import Conflicts, Problem, build_problem
from stationmap.audit.siting.solvers.milp import relax_fewest, solve_milp
from stationmap.audit.siting.solvers.solver import Effort, cumulative_values, solve
from stationmap.cli.audit_output import until_enough
from stationmap.errors import EnoughError
from tests.conftest import ROOT

EFFORT = 20.0


def conflicts_of(pairs: set[tuple[int, int]], count: int) -> Conflicts:
    both = sorted(pairs | {(second, first) for first, second in pairs})
    firsts, others = (np.array([pair[side] for pair in both], dtype=np.int64) for side in range(2))
    return Conflicts(np.searchsorted(firsts, np.arange(count + 1)), others, np.arange(count))


def problem_of(savings: list[list[int]], weights: list[int], pairs: set[tuple[int, int]] = frozenset()) -> Problem:
    """The problem of a dense matrix, a list for each row, with a saving for each candidate."""
    dense = np.array(savings, dtype=np.int64)
    rows, candidates = np.nonzero(dense)
    count = dense.shape[1]
    return build_problem(
        rows, candidates, dense[rows, candidates], np.array(weights, dtype=np.int64), count, conflicts_of(pairs, count)
    )


def worth(savings: list[list[int]], weights: list[int], choice: tuple[int, ...]) -> int:
    return sum(
        weight * max((row[each] for each in choice), default=0) for row, weight in zip(savings, weights, strict=True)
    )


def choices(count: int, n: int, pairs: set[tuple[int, int]]) -> list[tuple[int, ...]]:
    every = (choice for size in range(n + 1) for choice in combinations(range(count), size))
    return [choice for choice in every if not any(pair in pairs for pair in combinations(choice, 2))]


@st.composite
def instances(draw: st.DrawFn, levels: int = 4, clashing: bool = True):
    count, size = draw(st.integers(1, 6)), draw(st.integers(1, 8))
    row = st.lists(st.integers(0, levels), min_size=count, max_size=count)
    savings = draw(st.lists(row, min_size=size, max_size=size))
    weights = draw(st.lists(st.integers(0, 9), min_size=size, max_size=size))
    possible = list(combinations(range(count), 2))
    pairs = draw(st.sets(st.sampled_from(possible), max_size=3)) if possible and clashing else set()
    return savings, weights, pairs


@settings(max_examples=80)
@given(instances(), st.integers(1, 7))
@example(([[0, 1, 0], [0, 0, 1]], [1, 1], {(1, 2)}), 3)  # two that exclude each other, and room for both
def test_a_choice_is_the_best_of_all_and_keeps_the_conflicts(instance, n) -> None:
    savings, weights, pairs = instance
    exact = max(worth(savings, weights, choice) for choice in choices(len(savings[0]), n, pairs))
    solution = solve(problem_of(savings, weights, pairs), n, Effort(EFFORT))
    picked = tuple(sorted(solution.chosen.tolist()))
    assert solution.value == solution.bound == exact == worth(savings, weights, picked)
    assert picked in choices(len(savings[0]), n, pairs)


@settings(max_examples=150)
@given(instances(clashing=False), st.integers(1, 6))
def test_greedy_is_at_most_a_third_off_and_exchanges_only_help(instance, n) -> None:
    savings, weights, _ = instance
    exact = max(worth(savings, weights, choice) for choice in choices(len(savings[0]), n, set()))
    stated = problem_of(savings, weights)
    first = greedy(stated, n)
    better = swap(stated, first)
    found = find_multipliers(stated, n, stated.value(better))
    assert (1 - 1 / math.e) * exact <= stated.value(first) <= stated.value(better) <= exact <= found.at(n)


@settings(max_examples=100)
@given(instances(), st.data())
def test_any_multipliers_bound_every_choice(instance, data) -> None:
    savings, weights, pairs = instance
    stated = problem_of(savings, weights, pairs)
    u = data.draw(st.lists(st.integers(0, 40), min_size=stated.size, max_size=stated.size))
    found = evaluate(stated, np.array(u, dtype=np.int64))
    for choice in choices(len(savings[0]), len(savings[0]), pairs):
        assert worth(savings, weights, choice) <= found.at(len(choice))


@settings(max_examples=60)
@given(instances(), st.integers(1, 5), st.data())
def test_no_candidate_of_a_better_choice_is_ruled_out(instance, n, data) -> None:
    savings, weights, pairs = instance
    stated = problem_of(savings, weights, pairs)
    allowed = choices(len(savings[0]), n, pairs)
    known = worth(savings, weights, data.draw(st.sampled_from(allowed)))
    found = refine(stated, n, known, find_multipliers(stated, n, known), greedy(stated, n), seconds_left=lambda: EFFORT)
    kept = worth_keeping(stated, found, n, known)
    for choice in allowed:
        if worth(savings, weights, choice) > known:
            # One without a share in the worth may be left out of it.
            needed = [each for each in choice if worth(savings, weights, tuple(set(choice) - {each})) <= known]
            assert all(kept[each] for each in needed)


@settings(max_examples=60)
@given(instances(levels=1), st.integers(1, 40))
def test_the_fewest_that_are_worth_enough_are_found(instance, need) -> None:
    savings, weights, pairs = instance
    enough = [
        len(each) for each in choices(len(savings[0]), len(savings[0]), pairs) if worth(savings, weights, each) >= need
    ]
    stated = problem_of(savings, weights, pairs)
    picked, least = solve_fewest(stated, need, Effort(EFFORT))
    if not enough:
        assert not len(picked)
    elif len(picked) or not pairs:  # with conflicts, greedy may miss that it can be done at all
        assert stated.value(picked) >= need
        assert len(picked) == least == min(enough)


@settings(max_examples=60)
@given(instances(), st.integers(1, 60))
def test_no_choice_of_fewer_than_the_linear_program_says_is_worth_enough(instance, need) -> None:
    savings, weights, pairs = instance
    every = choices(len(savings[0]), len(savings[0]), pairs)
    enough = [len(choice) for choice in every if worth(savings, weights, choice) >= need]
    stated = problem_of(savings, weights, pairs)
    relaxed = relax_fewest(stated, need, seconds=EFFORT)
    assert relaxed is not None or not enough
    if relaxed is not None and enough:
        assert int(np.searchsorted(evaluate(stated, relaxed.multipliers).bounds, need)) <= min(enough)
        picked, least = solve_fewest(stated, need, Effort(EFFORT))
        assert least <= min(enough) <= (len(picked) or min(enough))


@settings(max_examples=60)
@given(instances(), st.integers(1, 5))
def test_the_linear_program_knows_the_exact_value(instance, n) -> None:
    savings, weights, pairs = instance
    exact = max(worth(savings, weights, choice) for choice in choices(len(savings[0]), n, pairs))
    stated = problem_of(savings, weights, pairs)
    whole = solve_milp(stated, n, whole=True, start=greedy(stated, n), seconds=EFFORT)
    part = solve_milp(stated, n, whole=False, seconds=EFFORT)
    assert whole.proved and stated.value(whole.chosen) == exact
    assert part.bound >= exact - 1e-6


@settings(max_examples=60)
@given(instances(clashing=False), st.integers(1, 6))
def test_its_multipliers_prove_what_the_linear_program_says(instance, n) -> None:
    savings, weights, _ = instance
    stated = problem_of(savings, weights)
    relaxed = solve_milp(stated, n, whole=False, seconds=EFFORT)
    assert evaluate(stated, relaxed.multipliers).at(n) <= relaxed.bound + stated.size + stated.candidates


@given(instances(), st.randoms())
def test_the_order_of_rows_makes_no_difference(instance, random) -> None:
    savings, weights, _ = instance
    order = random.sample(range(len(weights)), len(weights))
    one, other = problem_of(savings, weights), problem_of([savings[at] for at in order], [weights[at] for at in order])
    assert one.size == other.size
    for mine, theirs in ((one.starts, other.starts), (one.rows, other.rows), (one.values, other.values)):
        np.testing.assert_array_equal(mine, theirs)


@given(instances())
def test_rows_alike_become_one_and_nothing_is_lost(instance) -> None:
    savings, weights, _ = instance
    stated = problem_of(savings, weights)
    used = {tuple(row) for row, weight in zip(savings, weights, strict=True) if weight and any(row)}
    assert stated.size == len(used)
    for choice in choices(len(savings[0]), 3, set()):
        assert stated.value(np.array(choice, dtype=np.int64)) == worth(savings, weights, choice)


def test_ties_go_to_the_first_candidate() -> None:
    stated = problem_of([[1, 1, 0], [0, 0, 1]], [5, 5])
    assert greedy(stated, 2).tolist() == [0, 2]


def test_an_exchange_frees_greedy_from_its_first_choice() -> None:
    # The middle one covers most at first; the outer two cover everything.
    stated = problem_of([[1, 0, 0], [1, 1, 0], [0, 1, 1], [0, 0, 1]], [2, 3, 3, 2])
    assert cumulative_values(stated, greedy(stated, 2)) == [6, 8]
    assert sorted(swap(stated, greedy(stated, 2)).tolist()) == [0, 2]


def test_whoever_is_not_needed_is_left_out() -> None:
    stated = problem_of([[1, 0, 0], [1, 1, 0], [0, 1, 1], [0, 0, 1]], [2, 3, 3, 2])
    assert sorted(prune(stated, np.array([1, 0, 2]), 10).tolist()) == [0, 2]


def test_nothing_to_serve_is_a_choice_of_nobody() -> None:
    solution = solve(problem_of([[0, 0]], [3]), 2, Effort(EFFORT))
    assert (solution.chosen.size, solution.value, solution.bound, solution.proved) == (0, 0, 0, True)


def test_without_time_there_still_is_a_choice_and_a_bound() -> None:
    rng = np.random.default_rng(3)
    stated = problem_of((rng.random((300, 40)) < 0.08).astype(int).tolist(), rng.integers(1, 99, 300).tolist())
    solution, exact = solve(stated, 6, Effort(0.0)), solve(stated, 6, Effort(EFFORT))
    assert 0 < solution.value <= exact.value <= solution.bound
    assert exact.proved


def san_francisco(shared_data: Path, reach: float) -> tuple[Problem, list[str]]:
    """205 census tracts and 16 stores (test data of spopt), network distances."""
    table = shared_data / "siting/sf/SF_network_distance_candidateStore_16_censusTract_205_new.csv"
    entries = list(csv.DictReader(table.read_text("utf-8").splitlines()))
    stores = sorted({entry["name"] for entry in entries})
    tracts = sorted({entry["DestinationName"] for entry in entries})
    people = {entry["DestinationName"]: int(entry["demand"]) for entry in entries}
    savings = np.zeros((len(tracts), len(stores)), dtype=int)
    for entry in entries:
        near = float(entry["distance"]) <= reach
        savings[tracts.index(entry["DestinationName"]), stores.index(entry["name"])] = near
    return problem_of(savings.tolist(), [people[tract] for tract in tracts]), stores


def test_san_francisco_is_covered_as_was_proved(shared_data) -> None:
    stated, stores = san_francisco(shared_data, 5_000)
    solution = solve(stated, 4, Effort(EFFORT))
    assert (solution.value, solution.proved) == (875_247, True)
    assert sorted(stores[each] for each in solution.chosen) == ["Store_11", "Store_12", "Store_15", "Store_2"]


def test_all_that_can_be_reached_of_san_francisco_needs_eight(shared_data) -> None:
    stated, _ = san_francisco(shared_data, 5_000)
    picked, least = solve_fewest(stated, int(stated.upper_bounds.sum()), Effort(EFFORT))
    assert len(picked) == least == 8


@pytest.mark.parametrize("n", [1, 2, 5, 9])
@pytest.mark.filterwarnings("ignore")
def test_spopt_agrees_on_maximum_coverage(n) -> None:
    pulp, locate = pytest.importorskip("pulp"), pytest.importorskip("spopt.locate")
    rng = np.random.default_rng(n)
    distances, weights = rng.random((80, 25)), rng.integers(1, 1000, 80)
    model = locate.MCLP.from_cost_matrix(distances, weights, 0.12, p_facilities=n)
    model = model.solve(pulp.PULP_CBC_CMD(msg=False))
    solution = solve(problem_of((distances <= 0.12).astype(int).tolist(), weights.tolist()), n, Effort(EFFORT))
    assert solution.proved
    assert solution.value == round(pulp.value(model.problem.objective))
    # spopt's percentage counts places, not people: it is not the share of demand, which this project reports.
    places = np.mean((distances <= 0.12)[:, solution.chosen].any(axis=1))
    assert solution.value / weights.sum() != pytest.approx(places, abs=1e-6)


@pytest.mark.parametrize("n", [1, 3, 6])
@pytest.mark.filterwarnings("ignore")
def test_spopt_agrees_on_the_p_median(n) -> None:
    pulp, locate = pytest.importorskip("pulp"), pytest.importorskip("spopt.locate")
    rng = np.random.default_rng(n)
    distances, weights = rng.integers(1, 1000, (40, 15)), rng.integers(1, 100, 40)
    model = locate.PMedian.from_cost_matrix(distances.astype(float), weights, p_facilities=n)
    model = model.solve(pulp.PULP_CBC_CMD(msg=False))
    solution = solve(problem_of((1000 - distances).tolist(), weights.tolist()), n, Effort(EFFORT))
    assert solution.proved
    assert 1000 * weights.sum() - solution.value == round(pulp.value(model.problem.objective))


def hard(candidates: int = 300, rows: int = 600) -> Problem:
    """A problem that keeps HiGHS busy for minutes."""
    rng = np.random.default_rng(1)
    pair_rows, pair_candidates = np.nonzero(rng.random((rows, candidates)) < 0.03)
    ones, weights = np.ones(len(pair_rows), dtype=np.int64), rng.integers(1, 1000, rows)
    return build_problem(pair_rows, pair_candidates, ones, weights, candidates, conflicts_of(set(), candidates))


class Unwanted(BaseException):
    """Nobody wants the answer any more."""


def giving_up_after(seconds: float):
    begun = time.monotonic()

    def look() -> float:
        if time.monotonic() - begun > seconds:
            raise Unwanted
        return 60.0

    return look


def test_highs_is_called_off_long_before_its_time_is_up() -> None:
    begun = time.monotonic()
    with pytest.raises(Unwanted):
        solve_milp(hard(), 25, whole=True, seconds=60, check=giving_up_after(1.5))
    assert time.monotonic() - begun < 1.5 + 1.0
    # What is left of it ends by itself, by the interrupt: its own limit is far away.
    for _ in range(200):
        if not any(thread.name == "highs" for thread in threading.enumerate()):
            break
        time.sleep(0.1)
    else:
        raise AssertionError("HiGHS works on")
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize(("phase", "words"), [("greedy", 1), ("swap", 1), ("bound", 5), ("exact", 5)])
def test_a_search_ends_in_whatever_phase_it_is_called_off(phase, words) -> None:
    heard: list[str] = []

    def told(_done: float, at: str) -> None:
        heard.append(at)
        if heard.count(phase) >= words:
            raise Unwanted

    begun = time.monotonic()
    with pytest.raises(Unwanted):
        solve(hard(), 25, Effort(60, progress=told))
    assert heard[-1] == phase
    assert time.monotonic() - begun < 20


@settings(max_examples=40)
@given(instances(clashing=False), st.integers(1, 4))
def test_sums_by_counting_and_by_sorting_lead_to_the_same_exchange(instance, n) -> None:
    savings, weights, _ = instance
    stated = problem_of(savings, weights)
    start = greedy(stated, n)[::-1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(greedy_module, "MAX_EXACT", 0)
        sorted_out = swap(stated, start)
    assert swap(stated, start).tolist() == sorted_out.tolist()


@pytest.mark.parametrize("phase", ["greedy", "swap", "bound", "exact"])
def test_whoever_has_enough_gets_the_best_so_far_and_its_bound(phase: str) -> None:
    heard: list[str] = []

    def told(_done: float, at: str) -> None:
        heard.append(at)
        if at == phase:
            raise EnoughError

    begun, stated = time.monotonic(), hard()
    solution = solve(stated, 25, Effort(60, progress=told))
    assert time.monotonic() - begun < 20
    assert phase in heard
    assert 0 < solution.value == stated.value(solution.chosen) <= solution.bound
    assert len(solution.chosen) <= 25


def test_the_fewest_so_far_are_given_to_whoever_has_enough() -> None:
    def told(_done: float, at: str) -> None:
        if at == "bound":
            raise EnoughError

    stated = hard()
    need = stated.value(greedy(stated, 30))
    picked, least = solve_fewest(stated, need, Effort(60, progress=told))
    assert stated.value(picked) >= need
    assert 1 <= least <= len(picked) <= 30


def test_a_first_interrupt_asks_for_the_best_so_far_and_a_second_ends_the_program(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told: list[float] = []
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever other tests made of it
    with until_enough(lambda done, _phase: told.append(done), "enough") as progress:
        progress(0.1, "swap")
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(EnoughError):
            progress(0.2, "swap")
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.signal(signal.SIGINT, before) is signal.default_int_handler
    assert told == [0.1, 0.2]
    assert capsys.readouterr().err == "enough\n"


ENDS_MEANWHILE = """
import threading, time
from stationmap.audit.siting.solvers.milp import solve_milp
from tests.test_audit_siting import hard

threading.Thread(target=lambda: solve_milp(hard(), 25, whole=True, seconds=60), daemon=True).start()
while not any(thread.name == "highs" for thread in threading.enumerate()):
    time.sleep(0.01)
time.sleep(1)
print(time.time())
"""


def test_a_process_may_end_while_highs_is_at_work() -> None:
    ran = subprocess.run([sys.executable, "-c", ENDS_MEANWHILE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert time.time() - float(ran.stdout) < 5


@pytest.mark.parametrize("seed", range(4))
def test_searching_on_finds_the_best_three_of_places_in_clusters(seed) -> None:
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0, 4_000, (5, 2))
    places = centres[rng.integers(0, 5, 200)] + rng.normal(0, 700, (200, 2))
    near = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)) <= 1_200
    weights = rng.integers(1, 150, 200)
    rows, candidates = np.nonzero(near)
    stated = build_problem(rows, candidates, np.ones(len(rows), dtype=np.int64), weights, 200)
    best = best_of_three(near, weights)
    found = iterated_local_search(
        stated, greedy(stated, 3), 3, seed, is_enough=lambda _: False, is_time_up=lambda: False
    )
    assert stated.value(found) == best
    solution = solve(stated, 3, Effort(EFFORT, seed))
    assert solution.value == solution.bound == best


def best_of_three(near: np.ndarray, weights: np.ndarray) -> int:
    """Return the most weight three candidates reach, by every pair and whoever then adds most."""
    most = 0
    for first in range(near.shape[1]):
        left = weights[:, None] * ~(near[:, [first]] | near[:, first:])
        pairs = weights.sum() - left.sum(axis=0)
        most = max(most, int((pairs + (left.T.astype(np.float64) @ near).max(axis=1)).max()))
    return most


@settings(max_examples=40)
@given(instances(), st.integers(1, 4), st.integers(0, 9))
def test_a_search_never_ends_worse_than_it_began_and_keeps_the_conflicts(instance, n, seed) -> None:
    savings, weights, pairs = instance
    stated = problem_of(savings, weights, pairs)
    first = greedy(stated, n)
    found = iterated_local_search(stated, first, n, seed, is_enough=lambda _: False, is_time_up=lambda: False)
    picked = tuple(sorted(found.tolist()))
    assert worth(savings, weights, picked) == stated.value(found) >= stated.value(first)
    assert picked in choices(len(savings[0]), n, pairs)
    again = iterated_local_search(stated, first, n, seed, is_enough=lambda _: False, is_time_up=lambda: False)
    assert found.tolist() == again.tolist()


@settings(max_examples=60)
@given(instances(), st.lists(st.integers(0, 5), max_size=12))
def test_a_choice_that_changes_knows_what_each_candidate_would_add(instance, moves) -> None:
    savings, weights, _ = instance
    stated = problem_of(savings, weights)
    now = Choice(stated, np.empty(0, dtype=np.int64))
    for move in moves:
        candidate = move % stated.candidates
        (now.remove if candidate in now.chosen else now.add)(candidate)
        best = stated.served(np.array(now.chosen, dtype=np.int64))
        assert now.best.tolist() == best.tolist()
        assert now.gains.tolist() == stated.gains(best).tolist()


@settings(max_examples=60)
@given(instances(clashing=False), st.integers(1, 4), st.data())
def test_a_bound_holds_for_candidates_that_were_left_out(instance, n, data) -> None:
    savings, weights, _ = instance
    whole = problem_of(savings, weights)
    kept = np.array(data.draw(st.lists(st.booleans(), min_size=whole.candidates, max_size=whole.candidates)))
    if not kept.any():
        return
    others = np.sort(whole.gains(np.zeros(whole.size, dtype=np.int64))[~kept])[::-1][:n]
    part = replace(whole.of_candidates(kept), others=others)
    solution = solve(part, n, Effort(EFFORT))
    exact = max(worth(savings, weights, choice) for choice in choices(len(savings[0]), n, set()))
    assert solution.value <= exact <= solution.bound
