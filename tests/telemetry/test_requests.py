"""Batches in canonical form skip the validator, and give the same rows as it does."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.base.errors import Malformed
from shared.base.timestamps import from_millis, text
from shared.web.fields import from_body
from shared.web.refusals import first_error
from telemetry.requests import _SAMPLES, AccelRequest
from telemetry.rules import UndatedSample

VALIDATOR: TypeAdapter[Any] = TypeAdapter(_SAMPLES)
MOMENTS = st.integers(0, 4_000_000_000_000).map(lambda ms: text(from_millis(ms)))
NUMBERS = st.integers(-(10**6), 10**6) | st.floats(allow_nan=False, allow_infinity=False)
ODD_TIMES: Any = st.sampled_from(
    (None, "", "2026-02-18 10:15:29", "2026-02-18T17:15:29+07:00", "soon", 5, [], {}, True)
)
ODD_NUMBERS: Any = st.sampled_from(
    (True, False, None, "1.5", " 2 ", "", "one", [], {}, [1.5], {"x": 1}, 10**400, -(10**400),
     1e308, float("nan"), float("inf"), float("-inf"))
)  # fmt: skip


@st.composite
def samples(draw: st.DrawFn) -> Any:
    """Samples of a usual client, of which something may be odd."""
    usual = st.fixed_dictionaries({"t": MOMENTS, "x": NUMBERS, "y": NUMBERS, "z": NUMBERS})
    sent: list[Any] = draw(st.lists(usual, max_size=5))
    for _ in range(draw(st.integers(0, 2)) if sent else 0):
        one = sent[draw(st.integers(0, len(sent) - 1))]
        name = draw(st.sampled_from("txyz"))
        if draw(st.integers(0, 3)):
            one[name] = draw(ODD_TIMES if name == "t" else ODD_NUMBERS)
        else:
            one.pop(name, None)
    return draw(st.sampled_from([sent] * 9 + [[*sent, None], {"t": 1}, "txyz", 7, None]))


@given(samples())
def test_a_glance_gives_what_the_validator_gives(sent: Any) -> None:
    body = json.dumps({"device_id": "phone", "samples": sent})
    try:
        judged = [(s.get("t"), s["x"], s["y"], s["z"]) for s in VALIDATOR.validate_python(sent)]
    except ValidationError:
        with pytest.raises(ValidationError):
            AccelRequest.read(body.encode())
    else:
        assert written(AccelRequest.read(body.encode()).samples) == written(judged)


def written(rows: list[UndatedSample]) -> str:
    """Rows as text: 1 is not 1.0 there."""
    return repr([tuple(row) for row in rows])


@pytest.mark.parametrize(
    "body", [b"{", b"\xff", b'{"device_id": "phone", "samples": [1', b"[]", b"1"]
)
def test_what_is_no_json_object_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        from_body(AccelRequest, body, first_error)
