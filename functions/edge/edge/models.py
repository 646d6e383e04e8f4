"""AI models in an S3-compatible bucket, where the computer-vision server publishes them.

models/{name}/manifest.json        {"active_version", "file", "sha256", "size"}
models/{name}/{version}/{file}     the model itself
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field, ValidationError

from edge.errors import BucketDown, ModelStoreUnavailable
from edge.requests import ModelName
from shared.base import settings
from shared.base.once import once
from shared.web import logs
from shared.web.cache import Cache
from shared.web.fields import Fields

MANIFEST_LIFE = timedelta(seconds=60)
PAUSE = timedelta(seconds=15)  # without requests to a bucket that has failed
LINK_LIFE = timedelta(hours=1)
LARGEST_MANIFEST = 64 * 1024


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
    """The manifests of the bucket, cached for a minute."""

    def __init__(self) -> None:
        self._manifests: Cache[Active | None] = Cache(MANIFEST_LIFE, most=100)
        self._paused_until: datetime | None = None
        self._bucket = once(_connect)

    def active(self, name: str, now: datetime) -> Active | None:
        """The active version of a model; None if there is no such model.

        Raises ModelStoreUnavailable. After a failure of the bucket it makes no call for PAUSE.
        """
        if not settings.MODEL_BUCKET.get() or (self._paused_until and now < self._paused_until):
            raise ModelStoreUnavailable(int(PAUSE.total_seconds()))
        try:
            return self._manifests.get(name, now, lambda: self._read(name))
        except BucketDown:
            self._paused_until = now + PAUSE
            raise

    def link(self, active: Active) -> str:
        """A URL that downloads a model for an hour. It is signed here, without a call."""
        return str(
            self._bucket().generate_presigned_url(
                "get_object",
                Params={"Bucket": settings.MODEL_BUCKET.get(), "Key": active.key},
                ExpiresIn=int(LINK_LIFE.total_seconds()),
            )
        )

    def _read(self, name: str) -> Active | None:
        from botocore.exceptions import BotoCoreError, ClientError

        folder = f"models/{name}"
        try:
            response = self._bucket().get_object(
                Bucket=settings.MODEL_BUCKET.get(), Key=f"{folder}/manifest.json"
            )
            manifest = Manifest.model_validate_json(response["Body"].read(LARGEST_MANIFEST))
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "NoSuchKey":
                return None
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
            raise _failure(error, BucketDown if status >= 500 else ModelStoreUnavailable) from error
        except (BotoCoreError, OSError) as error:
            raise _failure(error, BucketDown) from error
        except ValidationError as error:
            raise _failure(error, ModelStoreUnavailable) from error
        version = manifest.active_version
        key = f"{folder}/{version}/{manifest.file}"
        return Active(name, version, key, manifest.sha256, manifest.size)


def _failure(error: Exception, kind: type[ModelStoreUnavailable]) -> ModelStoreUnavailable:
    """Logs an error of the bucket and returns the refusal of this kind."""
    logs.failure("model store", error)
    return kind(int(PAUSE.total_seconds()))


def _connect() -> Any:
    """A client of the bucket. Its timeouts are short because a handshake waits for it."""
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
