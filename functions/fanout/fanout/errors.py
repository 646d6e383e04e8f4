"""What the fanout group refuses."""


class InvalidMessage(Exception):
    """The message can never be processed, however often Pub/Sub delivers it."""
