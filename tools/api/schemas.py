"""What is sent and answered, as schemas; those of models with a name stand in one place."""

import typing
from typing import Any

from pydantic import TypeAdapter

from shared.web.answers import Answer
from shared.web.app import Api
from tools.api.groups import Operation
from tools.api.parameters import clean

REFERENCE = "#/components/schemas/{model}"
DATA = object()  # stands for an answer's data while the envelope prints it


class Schemas:
    """The schemas of these operations."""

    def __init__(self, operations: list[Operation]) -> None:
        adapters: list[Any] = []
        for number, operation in enumerate(operations):
            answered = TypeAdapter(_data(operation)[0])
            adapters.append((("answer", number), "serialization", answered))
            if operation.body:
                adapters.append((("body", number), "validation", TypeAdapter(operation.body)))
        keyed, definitions = TypeAdapter.json_schemas(adapters, ref_template=REFERENCE)
        self.shared = clean(definitions.get("$defs", {}))
        self._keyed = {key: clean(schema) for (key, _), schema in keyed.items()}
        self._number = {id(operation): number for number, operation in enumerate(operations)}

    def body(self, operation: Operation) -> Any:
        """The schema of what is sent."""
        return self._keyed["body", self._number[id(operation)]]

    def answer(self, operation: Operation) -> Any:
        """The schema of the answer, with what the group's envelope puts round its data."""
        schema = self._keyed["answer", self._number[id(operation)]]
        return _enveloped(operation.app, schema) if _data(operation)[1] else schema


def example(operation: Operation) -> Any:
    """The example of an answer, as the envelope prints it."""
    shown = operation.description.answers
    return dict(operation.app.envelope.data(shown)) if _data(operation)[1] else shown


def _data(operation: Operation) -> tuple[Any, bool]:
    """The type of what is answered, and whether an envelope is put round it."""
    if typing.get_origin(operation.answer) is Answer:
        return typing.get_args(operation.answer)[0], True
    return operation.answer, False


def _enveloped(app: Api, data: Any) -> dict[str, Any]:
    printed = app.envelope.data(DATA)
    properties = {
        name: data if value is DATA else {"const": value} for name, value in printed.items()
    }
    return {"type": "object", "properties": properties, "required": list(properties)}
