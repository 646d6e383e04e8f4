"""Settings: numbers are numbers, and how long stored data is kept."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.base import settings
from shared.base.retention import purge_at
from shared.base.settings import SettingError
from shared.web import start

NOW = datetime(2026, 2, 18, 10, 0, tzinfo=UTC)
NUMBERS = [setting for setting in settings.SETTINGS if setting.is_number]


def test_every_default_is_a_value_that_the_setting_accepts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for setting in settings.SETTINGS:
        monkeypatch.delenv(setting.name, raising=False)
    assert len(NUMBERS) >= 12
    assert all(setting.number() >= 0 for setting in NUMBERS)
    assert all(s.get() == s.default for s in settings.SETTINGS if not s.secret)


@pytest.mark.parametrize("value", ["-1", "ten", "1e3", "nan", "inf", " 5", "5,0", "9" * 10])
def test_a_number_that_is_none_is_not_taken_for_the_default(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEMETRY_DAYS", value)
    with pytest.raises(SettingError, match="TELEMETRY_DAYS must be a number"):
        settings.TELEMETRY_DAYS.number()


def test_a_deployed_function_does_not_start_with_a_number_that_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "FIREBASE_AUTH_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("K_SERVICE", "some-function")
    monkeypatch.setenv("AUTH_MODE", "verified")
    start.guard()
    monkeypatch.setenv("DEVICES_PER_OWNER", "many")
    with pytest.raises(SystemExit):
        start.guard()
    assert "DEVICES_PER_OWNER must be a number" in capsys.readouterr().err


def test_stored_data_expires_after_as_many_days_as_the_setting_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert purge_at(settings.TELEMETRY_DAYS, NOW) == {"purge_at": NOW + timedelta(days=90)}
    monkeypatch.setenv("TELEMETRY_DAYS", "0.5")
    assert purge_at(settings.TELEMETRY_DAYS, NOW) == {"purge_at": NOW + timedelta(hours=12)}


def test_zero_days_keep_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEMETRY_DAYS", "0")
    assert purge_at(settings.TELEMETRY_DAYS, NOW) == {}
