"""Customers in two dialects: the hidden people as each system wrote them down, and that nobody tells who is who."""

import re
from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

import pytest

from sync_platform.sandbox import Sandbox
from sync_platform_tests.sandbox.conftest import Client


@pytest.fixture(scope="module")
def members(shared: Client) -> dict[str, dict[str, Any]]:
    return {member["customerNo"]: member for member in shared.all_pos("/customers", "customers")}


@pytest.fixture(scope="module")
def accounts(shared: Client) -> dict[str, dict[str, Any]]:
    return {str(account["id"]): account for account in shared.all_shop("/customers", orderby="id", order="asc")}


def records_of_people(sandbox: Sandbox) -> dict[int, list[tuple[str, str]]]:
    people = defaultdict(list)
    for record, person in sandbox.truth.customers().items():
        people[person].append(record)
    return people


def test_both_systems_serve_exactly_the_records_that_the_truth_knows(
    shared: Client, members: dict[str, Any], accounts: dict[str, Any]
) -> None:
    truth = shared.sandbox.truth.customers()
    assert {key for system, key in truth if system == "pos"} == set(members)
    assert {key for system, key in truth if system == "shop"} == set(accounts)
    assert len(members) > 400
    assert len(accounts) > 250


def test_nothing_that_is_served_tells_who_is_who(
    shared: Client, members: dict[str, Any], accounts: dict[str, Any]
) -> None:
    assert shared.control("GET", "/truth/customers").status_code == 404
    member, account = next(iter(members.values())), next(iter(accounts.values()))
    assert set(member) == {
        *("customerNo", "fullName", "mobile", "email", "town", "points", "active", "joinedAt", "modifiedAt")
    }
    assert not {"household", "person", "pos_customer"} & (set(account) | set(account["billing"]))
    # Numbers are given in the order of registration, so that equal ones mean nothing.
    truth = shared.sandbox.truth.customers()
    same_number = [
        truth["pos", key] == truth.get(("shop", str(int(key[1:]) - 100_001 + 2_001)))
        for key in members
        if ("shop", str(int(key[1:]) - 100_001 + 2_001)) in truth
    ]
    assert sum(same_number) < 0.02 * len(same_number)


def test_some_people_are_registered_twice_in_one_system_and_most_in_both(shared: Client) -> None:
    people = records_of_people(shared.sandbox)
    systems = [Counter(system for system, _ in records) for records in people.values()]
    assert sum(counts["pos"] > 1 for counts in systems) >= 5
    assert sum(counts["shop"] > 1 for counts in systems) >= 5
    assert sum(bool(counts["pos"] and counts["shop"]) for counts in systems) > 200


def test_names_numbers_and_addresses_of_one_person_are_written_in_many_ways(
    members: dict[str, Any], accounts: dict[str, Any]
) -> None:
    mobiles = [member["mobile"] for member in members.values()]
    shapes = {re.sub(r"\d", "9", mobile) for mobile in mobiles if mobile}
    names = [member["fullName"] for member in members.values()]
    assert {"+99 99 999 9999", "9999999999", "999-9999999", "+99999999999"} <= shapes
    assert len(shapes) >= 7
    assert 0.05 < mobiles.count(None) / len(mobiles) < 0.2
    assert sum(not name.isascii() for name in names) >= 3
    assert sum("." in name for name in names) > 30
    assert sum("," in name for name in names) > 5
    emails = [account["email"] for account in accounts.values()]
    assert sum("+" in email for email in emails) >= 3
    assert sum(email != email.lower() for email in emails) >= 3
    assert sum(not account["first_name"].isascii() for account in accounts.values()) >= 10


def test_families_share_a_telephone_and_are_not_one_person(shared: Client) -> None:
    people = shared.sandbox.world.people
    heads = {person.household: person for person in people[: len(shared.sandbox.world.households)]}
    relatives = people[len(shared.sandbox.world.households) :]
    assert len(relatives) >= 20
    assert all(relative.family == heads[relative.household].family for relative in relatives)
    assert all(relative.given != heads[relative.household].given for relative in relatives)
    shared_phones = [relative.phone == heads[relative.household].phone for relative in relatives]
    assert 0.3 < sum(shared_phones) / len(shared_phones) < 0.9


def test_numbers_and_domains_belong_to_nobody(members: dict[str, Any], accounts: dict[str, Any]) -> None:
    phones = [member["mobile"] or "" for member in members.values()]
    phones += [account["billing"]["phone"] for account in accounts.values()]
    emails = [member["email"] or "" for member in members.values()] + [a["email"] for a in accounts.values()]
    assert all(re.sub(r"\D", "", phone)[-9:].startswith("7000") for phone in phones if phone)
    domains = {email.rpartition("@")[2].lower() for email in emails if email}
    assert domains == {"example.com", "example.net", "example.org", "mail.example"}


def test_an_orders_customer_is_an_account_with_the_orders_billing_name(
    shared: Client, accounts: dict[str, Any]
) -> None:
    orders = shared.all_shop("/orders")
    assert len(orders) > 150
    for order in orders:
        account = accounts[str(order["customer_id"])]
        assert order["billing"]["last_name"] == account["last_name"]
        assert account["date_created_gmt"] < order["date_created_gmt"]


def test_changed_customers_of_the_pos_are_found_by_their_changed_time(client: Client, sandbox: Sandbox) -> None:
    before = sandbox.clock.now_ms() - 7 * 86_400_000
    changed = client.pos("/customers", modifiedSince=before).json()
    assert 0 < changed["total"] == len(changed["customers"]) < 100
    stamps = [member["modifiedAt"] for member in changed["customers"]]
    assert stamps == sorted(stamps)
    assert min(stamps) >= before
    touched = sandbox.touch("pos", "customers", count=2)
    now = client.pos("/customers", modifiedSince=touched.changed_at_ms).json()["customers"]
    assert {member["customerNo"] for member in now} == set(touched.keys)


def test_quirk_an_accounts_changed_time_is_null_until_it_is_edited(
    client: Client, sandbox: Sandbox, accounts: dict[str, Any]
) -> None:
    never = next(key for key, account in accounts.items() if account["date_modified_gmt"] is None)
    sandbox.clock.advance(60)
    sandbox.touch("shop", "customers", key=never)
    account = client.shop(f"/customers/{never}").json()
    assert account["date_modified_gmt"] == (sandbox.clock.now()).strftime("%Y-%m-%dT%H:%M:%S")
    assert account["billing"]["address_2"] == "Floor 1"


def test_quirk_customers_are_sorted_by_no_changed_time_and_filtered_by_it_all_the_same(
    client: Client, sandbox: Sandbox
) -> None:
    refused = client.shop("/customers", orderby="modified")
    assert (refused.status_code, refused.json()["code"]) == (400, "rest_invalid_param")
    since = (sandbox.clock.now() - timedelta(days=5)).strftime("%Y-%m-%dT%H:%M:%S")
    changed = client.shop("/customers", modified_after=since, dates_are_gmt="true", per_page=100).json()
    assert 0 < len(changed) < 60
    assert all((one["date_modified_gmt"] or one["date_created_gmt"]) > since for one in changed)


def test_an_unknown_customer_is_not_found_in_each_dialect(shared: Client) -> None:
    answer = shared.shop("/customers/1")
    assert (answer.status_code, answer.json()["code"]) == (404, "woocommerce_rest_invalid_id")
    assert shared.pos("/customers", pageSize=0).json()["error"]["code"] == "E102"
