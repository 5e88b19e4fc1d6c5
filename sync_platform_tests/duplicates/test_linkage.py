"""Which records are proposed to be one: small cases by hand, and precision and recall on the labelled set."""

from __future__ import annotations

import time

import pytest

from sync_platform.duplicates.customer import Customer, read_customer
from sync_platform.duplicates.linkage import Pair, compare, link
from sync_platform_tests.duplicates.labelled import Labelled, labelled, quality

# What was measured on 2026-11-21 stands in docs/duplicates.md; a change that costs more than rounding is noticed here.
LEAST_PRECISION, LEAST_RECALL, LEAST_RECALL_OF_REACHABLE = 0.98, 0.845, 0.985


def customer(key: str, name: str, phone: str | None = None, email: str | None = None, town: str = "Galle") -> Customer:
    system, _, number = key.partition("/")
    return read_customer(system, number, name=name, phone=phone, email=email, town=town, country="LK")


NIMALI = customer("pos/1", "Nimali Perera", "077 123 4567", "nimali.perera@example.com")

PROPOSED = [
    (customer("shop/1", "N. Perera", "+94771234567"), "same phone, name 90% alike"),
    (customer("shop/1", "Perera Nimali", None, "NimaliPerera+x@example.com"), "same e-mail, name 100% alike"),
    (customer("shop/1", "පෙරේරා නිමාලි", "0094771234567"), "same phone, name 100% alike"),
    (
        customer("shop/1", "Nimali Perera", "0771234567", "nimaliperera@example.com"),
        "same phone, same e-mail, name 100% alike",
    ),
    (customer("shop/1", "Nimali Perera", "077 123 4561"), "same town, nearly the same phone, name 100% alike"),
    (
        customer("shop/1", "Nimali Perera", None, "nimaliprera@example.com"),
        "same town, nearly the same e-mail, name 100% alike",
    ),
    (customer("pos/2", "Nimali Pereira", "077 123 4567"), "same phone, name 96% alike"),
]
HARD_NEGATIVES = [
    ("husband at one telephone", customer("shop/1", "Kasun Perera", "077 123 4567", None)),
    ("husband at one address", customer("shop/1", "Kasun Perera", "077 123 4567", "nimali.perera@example.com")),
    ("brother named alike", customer("shop/1", "Nimal Perera", "077 123 4567")),
    ("namesake in the same town", customer("shop/1", "Nimali Perera", "071 765 4321", "np@example.com")),
    ("namesake without contact", customer("shop/1", "Nimali Perera")),
    ("number given to somebody new", customer("shop/1", "Ravi Selvam", "077 123 4567")),
    ("namesake elsewhere, number one off", customer("shop/1", "Nimali Perera", "077 123 4568", None, town="Jaffna")),
    (
        "namesake whose address has another number",
        customer("shop/1", "Nimali Perera", None, "nimali.perera2@example.com"),
    ),
    ("other address two letters off", customer("shop/1", "Nimali Perera", None, "nimaal.pereraa@example.com")),
    ("no name at all", customer("shop/1", "", "077 123 4567")),
]


@pytest.mark.parametrize(("other", "reason"), PROPOSED, ids=[reason for _, reason in PROPOSED])
def test_one_person_is_proposed_with_the_reason_in_words(other: Customer, reason: str) -> None:
    pair = compare(NIMALI, other)
    assert pair is not None
    assert pair.reason == reason
    assert pair == compare(other, NIMALI)
    assert [(found.left, found.right) for found in link([NIMALI, other]).pairs] == [(pair.left, pair.right)]


@pytest.mark.parametrize(("why", "other"), HARD_NEGATIVES, ids=[why for why, _ in HARD_NEGATIVES])
def test_two_people_who_look_alike_are_not_proposed(why: str, other: Customer) -> None:
    assert compare(NIMALI, other) is None, why


def test_more_evidence_gives_a_higher_score() -> None:
    scores = [pair.score for pair in (compare(NIMALI, other) for other, _ in PROPOSED) if pair]
    both, phone, slip = scores[3], scores[0], scores[4]
    assert 1.0 == both > phone > slip > 0.7


def test_a_reason_never_holds_a_personal_value() -> None:
    for other, _ in PROPOSED:
        pair = compare(NIMALI, other)
        assert pair is not None
        assert not [word for word in ("nimali", "perera", "1234", "example", "galle") if word in pair.reason.lower()]


def test_a_value_that_too_many_share_is_skipped_and_said() -> None:
    """The shop's own number, typed in for everybody who gave none."""
    crowd = [
        customer(f"pos/{number:03d}", "Nimali Perera", "011 234 5678", town="ABCDEF"[number] * 3) for number in range(6)
    ]
    found = link(crowd, most_in_a_block=5)
    assert found.pairs == ()
    assert [(block.what, block.records) for block in found.skipped] == [("phone", 6)]
    assert len(link(crowd, most_in_a_block=6).pairs) == 15


def test_records_of_a_skipped_block_are_still_found_by_what_else_they_share() -> None:
    crowd = [
        customer(f"pos/{number}", "Nimali Perera", "011 234 5678", town="ABCDEF"[number] * 3) for number in range(6)
    ]
    crowd += [customer(f"shop/{n}", "Nimali Perera", "011 234 5678", "n@example.com") for n in (1, 2)]
    assert link(crowd, most_in_a_block=5).pairs == (
        Pair(("shop", "1"), ("shop", "2"), 1.0, "same phone, same e-mail, name 100% alike"),
    )


@pytest.fixture(scope="module", params=[7, 8], ids=["the_people_it_was_made_with", "other_people"])
def people(request: pytest.FixtureRequest) -> Labelled:
    return labelled(1200, seed=request.param)


def test_precision_and_recall_on_the_labelled_set_keep_what_was_measured(people: Labelled) -> None:
    found = quality(link(people.customers).pairs, people.truth)
    assert found.precision >= LEAST_PRECISION
    assert found.recall >= LEAST_RECALL


def test_of_those_who_share_a_telephone_or_an_address_nearly_all_are_found(people: Labelled) -> None:
    """Who shares neither cannot be told from a namesake, and is not to be."""
    by_record = {customer.record: customer for customer in people.customers}

    def share(one: Customer, other: Customer) -> bool:
        return (one.phone is not None and one.phone == other.phone) or (
            one.email is not None and one.email == other.email
        )

    reachable = {couple for couple in people.truth if share(*(by_record[record] for record in couple))}
    proposed = {(pair.left, pair.right) for pair in link(people.customers).pairs}
    assert len(reachable) > 0.8 * len(people.truth)
    assert len(reachable & proposed) >= LEAST_RECALL_OF_REACHABLE * len(reachable)


def test_people_who_are_written_in_another_script_are_found_too(people: Labelled) -> None:
    by_record = {customer.record: customer for customer in people.customers}
    scripts = {
        couple
        for couple in people.truth
        if by_record[couple[0]].name.foreign != by_record[couple[1]].name.foreign
        and by_record[couple[0]].phone is not None
        and by_record[couple[0]].phone == by_record[couple[1]].phone
    }
    proposed = {(pair.left, pair.right) for pair in link(people.customers).pairs}
    assert len(scripts) >= 30
    assert len(scripts & proposed) >= 0.9 * len(scripts)


def test_most_families_at_one_telephone_stay_apart(people: Labelled) -> None:
    """The hard negatives of the labelled set: two people of one household who gave the same number."""
    phones: dict[str, list[Customer]] = {}
    for each in people.customers:
        if each.phone is not None:
            phones.setdefault(each.phone, []).append(each)
    families = {
        (one.record, other.record)
        for sharing in phones.values()
        for one in sharing
        for other in sharing
        if one.record < other.record and people.owner[one.record] != people.owner[other.record]
    }
    wrong = {(pair.left, pair.right) for pair in link(people.customers).pairs} & families
    assert len(families) > 100
    assert len(wrong) <= 0.12 * len(families)


def test_the_order_of_the_records_makes_no_difference(people: Labelled) -> None:
    assert link(people.customers[::-1]).pairs == link(people.customers).pairs


@pytest.mark.slow
def test_twenty_thousand_against_twenty_thousand_take_seconds_and_lose_nothing() -> None:
    many = labelled(20_000)
    began = time.process_time()
    found = link(many.customers)
    seconds = time.process_time() - began
    measured = quality(found.pairs, many.truth)
    assert len(many.customers) > 38_000
    assert seconds < 30, "4 s when it was measured"
    assert found.compared < 12 * len(many.customers)
    assert measured.precision >= LEAST_PRECISION
    assert measured.recall >= LEAST_RECALL
