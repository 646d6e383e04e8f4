"""A cold start pays for every module: how many a function loads before its first request."""

import pytest

from tools.modules import listing, loaded
from tools.places import groups

MOST = 100  # beyond a bare function's; pydantic is 50 of them, our own some 20


@pytest.fixture(scope="module")
def floor() -> set[str]:
    return set(loaded(""))


@pytest.mark.parametrize("group", groups())
def test_a_function_loads_a_bounded_number_of_modules(floor: set[str], group: str) -> None:
    extra = [name for name in loaded(group) if name not in floor]
    assert 0 < len(extra) <= MOST, (
        f"beyond a bare function's {len(floor)}:\n{listing(group, extra)}"
    )


def test_the_listing_names_the_largest_packages_first() -> None:
    assert listing("presence", ["b.x", "a", "b", "b.y"]) == "presence      4   b 3, a 1"
