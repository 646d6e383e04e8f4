"""Bounds of fields: what counts as absent, how long a text and how large a number may be."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic_core import CoreSchema, core_schema

LONGEST_TEXT = 200
MOST_ITEMS = 1_000
LARGEST_NUMBER = 1.7976931348623157e308  # beyond it JavaScript reads Infinity


def is_absent(value: object) -> bool:
    """Null and empty text count as missing."""
    return value is None or value == ""


@dataclass(frozen=True)
class Bounds:
    """Bounds of a number that may be absent; the API's document shows them."""

    low: float
    high: float
    refusal: str

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[..., Any]) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: Callable[..., Any]
    ) -> dict[str, Any]:
        high = {} if self.high == LARGEST_NUMBER else {"maximum": self.high}
        return {**handler(core), "minimum": self.low, **high}

    def _check(self, value: float | None) -> float | None:
        if value is not None and not self.low <= value <= self.high:
            raise ValueError(self.refusal)
        return value


def at_most(most: int) -> Bounds:
    """For a whole number that may be absent."""
    return Bounds(1, most, f"must not be greater than {most}")


def within(low: float, high: float = LARGEST_NUMBER) -> Bounds:
    """For a number from `low` to `high`."""
    return Bounds(low, high, "out of range")
