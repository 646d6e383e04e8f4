"""Wrong tokens, counted in the memory of an instance by the address that sent them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from presence.errors import TokenInvalid, TokenMismatch, TooManyAttempts
from presence.rules import Session
from shared.web.limits import FailureLimit

WINDOW = timedelta(minutes=1)
LIMIT = 20  # from one address in one session
LIMIT_ANYWHERE = 200  # from one address, whatever sessions it names


class Guesses:
    """Over a limit a wrong token answers 429, and a good one still opens.

    A class behind one address is never shut out by somebody who guesses among them.
    """

    def __init__(self) -> None:
        self._by_session = FailureLimit(LIMIT, WINDOW)
        self._by_address = FailureLimit(LIMIT_ANYWHERE, WINDOW)

    @contextmanager
    def counted(self, address: str, session: Session, now: datetime) -> Iterator[bool]:
        """Counts the body's refusal of a token. Yields whether the address is over a limit.

        Raises TooManyAttempts in place of the refusal while it is.
        """
        limits = (
            (self._by_session, (address, session.course_id, session.session_id)),
            (self._by_address, (address,)),
        )
        is_over = any(limit.retry_after(key, now) > 0 for limit, key in limits)
        try:
            yield is_over
        except (TokenInvalid, TokenMismatch) as error:
            for limit, key in limits:
                limit.failed(key, now)
            if is_over:
                waits = [limit.retry_after(key, now) for limit, key in limits]
                raise TooManyAttempts(max(waits)) from error
            raise
