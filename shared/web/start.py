"""What a deployed function refuses to start with."""

from shared.base import settings
from shared.base.settings import Setting, SettingError
from shared.web import logs

_NUMBERS = tuple(setting for setting in settings.SETTINGS if setting.is_number)


def guard(*needed: Setting) -> None:
    """Ends a deployed function that is not safe to run, with one line in its log that says why.

    Needed by all: AUTH_MODE, set by somebody and not by default; numbers that are numbers; and no
    emulator to trust. A function names the secrets that it needs beside these.
    """
    if not settings.in_the_cloud():
        return
    problems = []
    for check in (
        settings.refuse_emulators_in_the_cloud,
        *(setting.get for setting in (settings.AUTH_MODE, settings.APP_CHECK, *_NUMBERS, *needed)),
    ):
        try:
            check()
        except SettingError as error:
            problems.append(str(error))
    if problems:
        logs.write("CRITICAL", "refused to start", reasons=problems)
        raise SystemExit(1)
