"""The function `fanout`: passes each message of the topic `telemetry` to the consumer."""

from shared.base import process

process.begin_loading()  # before the imports below: puts off garbage collection while modules load

import functions_framework
from cloudevents.http.event import CloudEvent

from fanout import open_store
from fanout.consumer import create_consumer

consume = create_consumer(open_store)


@functions_framework.cloud_event
def fanout(event: CloudEvent) -> None:
    consume(event.data)
