"""A naive peer, as tutorials have it: a document per sample, statistics by a scan.

`/usual` is the usual design: a batch is one document with an array of maps.
"""

import os
from datetime import datetime
from typing import Any

import functions_framework
from flask import Request
from pydantic import BaseModel

from shared.base.once import once


class Sample(BaseModel):
    t: datetime
    x: float
    y: float
    z: float


class Batch(BaseModel):
    device_id: str
    samples: list[Sample]


class Point(BaseModel):
    device_id: str
    lat: float
    lng: float
    accuracy_m: float = 0
    ts: datetime


@once
def database() -> Any:
    from google.cloud import firestore

    return firestore.Client(project=os.environ["GOOGLE_CLOUD_PROJECT"])


@functions_framework.http
def naive(request: Request) -> dict[str, Any]:
    handler = {
        ("POST", "/accel"): add_documents,
        ("POST", "/usual"): add_maps,
        ("POST", "/gps"): add_point,
        ("GET", "/gps/history"): history,
        ("GET", "/statistics"): statistics,
    }.get((request.method, request.path))
    return {"ok": True, "data": handler(request) if handler else None}


def add_documents(request: Request) -> dict[str, Any]:
    batch = Batch.model_validate(request.get_json())
    writing = database().batch()
    samples = database().collection("naive", batch.device_id, "samples")
    for sample in batch.samples:
        writing.set(samples.document(), sample.model_dump())
    writing.commit()
    return {"accepted": len(batch.samples)}


def add_maps(request: Request) -> dict[str, Any]:
    batch = Batch.model_validate(request.get_json())
    database().collection("usual", batch.device_id, "batches").add(batch.model_dump())
    return {"accepted": len(batch.samples)}


def add_point(request: Request) -> dict[str, Any]:
    point = Point.model_validate(request.get_json())
    database().collection("naive", point.device_id, "points").add(point.model_dump())
    return {"accepted": True}


def history(request: Request) -> dict[str, Any]:
    points = database().collection("naive", request.args["device_id"], "points")
    newest = points.order_by("ts", direction="DESCENDING").limit(200).get()
    return {"items": [point.to_dict() for point in reversed(newest)]}


def statistics(request: Request) -> dict[str, Any]:
    samples = database().collection("naive", request.args["device_id"], "samples").get()
    values = [sample.to_dict()["x"] for sample in samples]
    return {"total": len(values), "average": sum(values) / len(values) if values else None}
