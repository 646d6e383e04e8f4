"""Endpoints as plain functions: `handler(group[, caller][, request], **path)`."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from shared.base.errors import Malformed, TooLarge
from shared.web import fields
from shared.web.app import LARGEST_BODY, api

if TYPE_CHECKING:
    from shared.web.answers import Answer

IN_QUERY = ("GET", "HEAD", "DELETE")  # methods whose fields stand in the query

Handler = Callable[..., Any]
View = Callable[..., ResponseReturnValue]
Caller = Callable[[Any], object]  # takes the group; returns who is calling, or raises
T = TypeVar("T")


def endpoint(
    model: type[fields.Fields] | None = None,
    *,
    allow: Caller | None = None,
    caller: Caller | None = None,
) -> Callable[[Handler], View]:
    """Makes a Flask view of a plain function.

    The view gives it the group that the blueprint was mounted with, who is calling (of `caller`),
    and the request as a `model`: of the query for GET and DELETE, of the body otherwise. `allow`
    and `caller` run before the request is read, and raise where the caller may not go on.
    """

    def decorate(handler: Handler) -> View:
        @wraps(handler)
        def view(**path: str) -> ResponseReturnValue:
            group = current_app.extensions[str(request.blueprint)]
            arguments = [group]
            if allow:
                allow(group)
            if caller:
                arguments.append(caller(group))
            if model:
                arguments.append(read(model))
            return cast(ResponseReturnValue, handler(*arguments, **path))

        view.model = model  # type: ignore[attr-defined]  # for the API's document
        return view

    return decorate


def read(model: type[fields.M]) -> fields.M:
    """The current request as a model. Raises the group's refusal of what it cannot be."""
    refusal = api().refusal
    if request.method in IN_QUERY:
        return fields.from_query(model, request.args.to_dict(), refusal)
    return fields.from_body(model, body(), refusal)


def body() -> bytes:
    """The current request's body. Raises TooLarge over LARGEST_BODY.

    By its Content-Length before it is read; without a length as soon as it passes the limit.
    Raises Malformed where it ends early or its chunks are none.
    """
    try:
        received = request.get_data()
    except HTTPException:
        raise
    except Exception as error:  # each server raises an error of its own
        raise Malformed from error
    if len(received) > LARGEST_BODY:
        raise TooLarge
    return received


def data(value: T) -> "Answer[T]":
    """The answer with this data, in the group's envelope."""
    return cast("Answer[T]", api().envelope.data(value))
