"""AI models in an S3-compatible bucket, where the computer-vision server publishes them.

models/{name}/manifest.json        {"active_version", "file", "sha256", "size"}
models/{name}/{version}/{file}     the model itself
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field, ValidationError

from edge.requests import ModelName
from shared import logs, settings
from shared.cache import Cache
from shared.errors import Unavailable
from shared.fields import Fields
from shared.once import once

KEPT_FOR = timedelta(seconds=60)
DOWN_FOR = timedelta(seconds=15)  # how long a bucket that failed is not asked again
LINK_LIFE = timedelta(hours=1)
LARGEST_MANIFEST = 64 * 1024


class ModelStoreUnavailable(Unavailable):
    """The bucket does not answer, or there is none."""

    message = "The model store cannot be reached"
    label = "MODEL_STORE_UNAVAILABLE"


class BucketDown(ModelStoreUnavailable):
    """The bucket itself does not answer: other models need not be asked for either."""


class Manifest(Fields):
    active_version: ModelName
    file: ModelName
    sha256: str = Field(pattern=r"^[0-9a-fA-F]{64}$")
    size: int = Field(ge=0)


@dataclass(frozen=True, slots=True)
class Active:
    """The version of a model that machines should run."""

    name: str
    version: str
    key: str
    sha256: str
    size: int


class Models:
    """What the bucket says, remembered for a minute."""

    def __init__(self) -> None:
        self._known: Cache[Active | None] = Cache(KEPT_FOR, most=100)
        self._down_until: datetime | None = None
        self._bucket = once(_connect)

    def active(self, name: str, now: datetime) -> Active | None:
        """The active version of a model; None where there is no such model.

        Raises ModelStoreUnavailable; a bucket that failed is left alone for a while.
        """
        if not settings.MODEL_BUCKET.get() or (self._down_until and now < self._down_until):
            raise ModelStoreUnavailable(int(DOWN_FOR.total_seconds()))
        try:
            return self._known.get(name, now, lambda: self._read(name))
        except BucketDown:
            self._down_until = now + DOWN_FOR
            raise

    def link(self, active: Active) -> str:
        """An address to download it from, good for an hour. It is signed here: no call is made."""
        return str(
            self._bucket().generate_presigned_url(
                "get_object",
                Params={"Bucket": settings.MODEL_BUCKET.get(), "Key": active.key},
                ExpiresIn=int(LINK_LIFE.total_seconds()),
            )
        )

    def _read(self, name: str) -> Active | None:
        from botocore.exceptions import BotoCoreError, ClientError

        key = f"models/{name}/manifest.json"
        try:
            found = self._bucket().get_object(Bucket=settings.MODEL_BUCKET.get(), Key=key)
            manifest = Manifest.model_validate_json(found["Body"].read(LARGEST_MANIFEST))
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "NoSuchKey":
                return None
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
            raise _told(error, BucketDown if status >= 500 else ModelStoreUnavailable) from error
        except (BotoCoreError, OSError) as error:
            raise _told(error, BucketDown) from error
        except ValidationError as error:
            raise _told(error, ModelStoreUnavailable) from error
        version, place = manifest.active_version, f"models/{name}"
        return Active(
            name, version, f"{place}/{version}/{manifest.file}", manifest.sha256, manifest.size
        )


def _told(error: Exception, kind: type[ModelStoreUnavailable]) -> ModelStoreUnavailable:
    logs.failure("model store", error)
    return kind(int(DOWN_FOR.total_seconds()))


def _connect() -> Any:
    """A client of the bucket that gives up soon: a handshake waits for it."""
    import boto3
    from botocore.config import Config

    access_key = settings.MODEL_ACCESS_KEY.get()
    return boto3.client(
        "s3",
        endpoint_url=settings.MODEL_ENDPOINT.get() or None,
        region_name=settings.MODEL_REGION.get(),
        aws_access_key_id=access_key or None,
        aws_secret_access_key=settings.MODEL_SECRET_KEY.get() if access_key else None,
        config=Config(
            connect_timeout=2,
            read_timeout=3,
            retries={"total_max_attempts": 1},
            signature_version="s3v4",
            s3={"addressing_style": "path"},
        ),
    )
