"""The function `fanout`: hands each message of the topic `telemetry` to its consumer."""

import functions_framework
from cloudevents.http.event import CloudEvent

from fanout import open_store
from fanout.consumer import create_consumer

consume = create_consumer(open_store)


@functions_framework.cloud_event
def fanout(event: CloudEvent) -> None:
    consume(event.data)
