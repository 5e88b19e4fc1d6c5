"""Files are taken once, whole or not at all, by the same write path as every other day."""

from __future__ import annotations

from sync_platform_tests.files.clearing.house import GOOD, NAME, House, transfer, transfers
from sync_platform_tests.till.hub import add_up


def test_a_file_becomes_its_whole_day(house: House) -> None:
    house.drops(GOOD)

    assert house.told() == [("accepted", None)]

    assert house.landed() == {"A": "1234.50", "B": "-0.50"}
    (load,) = house.loads()
    assert (load["way"], load["outcome"], load["read"], load["partner_count"]) == ("file", "published", 2, 2)
    assert add_up(load)
    (file,) = house.files()
    assert (file.state, file.rows, file.revision, file.place) == ("accepted", 2, 1, "archive")
    assert file.control == {"version": "3", "day": "20261120", "count": "2", "total": "1.234,00"}
    assert house.lying() == []
    assert len(house.lying("archive")) == 2
