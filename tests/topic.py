"""A topic of the Pub/Sub emulator and what was published on it."""

import json
from typing import Any

import grpc
from google.api_core.exceptions import AlreadyExists
from google.pubsub_v1 import types
from google.pubsub_v1.services.publisher import PublisherClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber import SubscriberClient
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from shared.google import emulator
from shared.google.pubsub import Publisher

NAME = "telemetry"


class Topic:
    """The topic `telemetry` of one project, with a subscription that collects."""

    def __init__(self, host: str, project: str) -> None:
        self.publisher = Publisher(emulator.channel(host), project)
        channel = grpc.insecure_channel(host)
        api = PublisherClient(transport=PublisherGrpcTransport(channel=channel))
        self._subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
        self._subscription = f"projects/{project}/subscriptions/collected"
        path = f"projects/{project}/topics/{NAME}"
        try:
            api.create_topic(request={"name": path})
            self._subscriber.create_subscription(
                request={"name": self._subscription, "topic": path}
            )
        except AlreadyExists:
            self.messages(0)

    def messages(self, expected: int) -> list[types.PubsubMessage]:
        """Waits for as many messages as expected and returns all that are there."""
        found: list[types.PubsubMessage] = []
        for _ in range(50):
            pulled = self._subscriber.pull(
                request={
                    "subscription": self._subscription,
                    "max_messages": 1000,
                    "return_immediately": len(found) >= expected,
                },
                timeout=10,
            ).received_messages
            if pulled:
                ids = [message.ack_id for message in pulled]
                self._subscriber.acknowledge(
                    request={"subscription": self._subscription, "ack_ids": ids}
                )
            found += [message.message for message in pulled]
            if not pulled and len(found) >= expected:
                break
        return found

    def events(self, expected: int) -> list[dict[str, Any]]:
        """The published events."""
        return [json.loads(message.data) for message in self.messages(expected)]
