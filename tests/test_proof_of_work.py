"""A proof of work: worked out by phones with and without their browser's cryptography, believed once, never forged."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import altcha
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationmap.storage.database import Database
from stationmap.storage.reports import challenges
from stationmap.web.reports import proof
from tests.apps import MONDAY_10
from tests.conftest import ROOT
from tests.node import result_of

KEY = "a key of the installation"
AT = MONDAY_10


def solved(challenge: dict[str, Any]) -> dict[str, Any]:
    found = altcha.solve_challenge(altcha.Challenge.from_dict(challenge))
    assert found
    return {"challenge": challenge, "solution": found.to_dict()}


def sent(document: Any) -> str:
    return base64.b64encode(orjson.dumps(document)).decode()


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return solved(proof.challenge(KEY, AT))


def test_a_challenge_that_was_worked_out_is_a_proof_until_it_is_out_of_date(document: dict[str, Any]) -> None:
    good = sent(document)
    assert len(good) < proof.MAX_CHARS
    shown = proof.proven(KEY, good, AT + proof.GOOD_FOR)
    assert shown is not None
    assert shown.until == AT + proof.GOOD_FOR
    assert proof.proven(KEY, good, AT + proof.GOOD_FOR + timedelta(seconds=1)) is None


def changed(document: dict[str, Any], *path: str, to: Any) -> dict[str, Any]:
    copy = orjson.loads(orjson.dumps(document))
    holder = copy
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = to
    return dict(copy)


@pytest.mark.parametrize(
    ("path", "to"),
    [
        (("solution", "derivedKey"), "00" * 32),
        (("solution", "derivedKey"), "é"),
        (("solution", "derivedKey"), 5),
        (("solution", "derivedKey"), None),
        (("challenge", "signature"), "00" * 32),
        (("challenge", "signature"), None),
        (("challenge", "signature"), ["é"]),
        (("challenge", "parameters", "cost"), 1),
        (("challenge", "parameters", "cost"), "x"),
        (("challenge", "parameters", "data"), {"until": 9_999_999_999}),
        (("challenge", "parameters", "data"), None),
        (("challenge", "parameters", "keySignature"), None),
        (("challenge", "parameters", "expiresAt"), 1e308),
        (("challenge", "parameters"), []),
        (("challenge",), "x"),
        (("solution",), {}),
    ],
)
def test_nothing_else_is_one(document: dict[str, Any], path: tuple[str, ...], to: Any) -> None:
    assert proof.proven(KEY, sent(changed(document, *path, to=to)), AT) is None


def test_another_installation_believes_none_of_ours(document: dict[str, Any]) -> None:
    assert proof.proven("another key", sent(document), AT) is None


@given(
    st.one_of(
        st.text(max_size=200),
        st.binary(max_size=200).map(lambda octets: base64.b64encode(octets).decode()),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(-(2**60), 2**60), st.text(max_size=5)),
            lambda inner: st.one_of(
                st.lists(inner, max_size=3),
                st.dictionaries(
                    st.sampled_from(["challenge", "solution", "parameters", "signature", "algorithm", "counter"]),
                    inner,
                    max_size=6,
                ),
            ),
        ).map(sent),
    )
)
def test_what_nobody_worked_out_is_refused_and_breaks_nothing(text: str) -> None:
    assert proof.proven(KEY, text, AT) is None


def test_challenges_differ_and_take_bounded_work() -> None:
    made = [proof.challenge(KEY, AT)["parameters"] for _ in range(20)]
    assert len({each["nonce"] for each in made}) == 20
    assert {each["cost"] for each in made} == {proof.COST}
    assert {len(each["keyPrefix"]) for each in made} == {32}  # one number alone fits: no more luck than that


def test_a_phone_without_the_browsers_cryptography_works_it_out_all_the_same() -> None:
    made = [proof.challenge(KEY, AT) for _ in range(2)]
    answers = result_of((ROOT / "tests/js/proof_worker.mjs").as_posix(), given=made)
    for challenge, answer in zip(made, answers, strict=True):
        assert proof.proven(KEY, sent({"challenge": challenge, "solution": answer}), AT)


def test_a_challenge_counts_once_until_it_is_out_of_date(open_database: Callable[[], Database]) -> None:
    one, another = open_database(), open_database()

    def use(database: Database, at: datetime) -> bool:
        with database.writing() as connection:
            challenges.forget(connection, at)
            return challenges.use(connection, "challenge", AT + proof.GOOD_FOR)

    assert use(one, AT)
    assert not use(another, AT)
    assert not use(one, AT + proof.GOOD_FOR)
    assert use(another, AT + proof.GOOD_FOR + timedelta(seconds=1))  # forgotten, and no proof is good any more
