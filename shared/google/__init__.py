"""Firestore and Pub/Sub on their own protobuf messages. Imports `base`."""
