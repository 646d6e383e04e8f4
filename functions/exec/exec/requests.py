"""What clients of the one URL send; the rest belongs to the endpoint that they name."""

from shared.web.fields import Fields


class PathFields(Fields):
    """Where the path may stand, and how the answer is wanted."""

    path: str | None = None
    pathInfo: str | None = None  # noqa: N815  as clients call it
    action: str | None = None
    callback: str | None = None  # JSONP: the function to call with the answer
