"""What the stations endpoints are sent."""

from typing import Annotated

from shared.web.bounds import at_most
from shared.web.fields import Fields, OptionalWhole

LARGEST_ID = 999_999_999


class StationsRequest(Fields):
    after: Annotated[OptionalWhole, at_most(LARGEST_ID)] = None
