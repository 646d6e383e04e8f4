"""Publishing: what is sent is seen through, so that nothing of it stays in memory."""

from tests.topic import Topic


def test_a_publish_is_read_to_its_end(topic: Topic) -> None:
    """A call that is left after its one message holds 20 kB for as long as the process lives."""
    publishing = topic.publisher.publish("telemetry", {"n": 1}, kind="test")
    with publishing:
        assert publishing._first.is_active()
    assert not publishing._first.is_active()
    assert len(topic.events(1)) == 1
