"""Counts what a request costs, at the channel: RPCs, and the reads and writes that are billed.

A query without an index that production asks for fails here too.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import grpc

from tests.indexes import Index, require


@dataclass
class Meter(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Stands between the client library and the network; retries are counted too."""

    rpcs: int = 0
    reads: int = 0
    writes: int = 0
    methods: Counter[str] = field(default_factory=Counter)
    written: Counter[str] = field(default_factory=Counter)
    touched: Counter[str] = field(default_factory=Counter)
    indexes: set[Index] = field(default_factory=set)

    def reset(self) -> None:
        """Starts counting from zero."""
        self.__init__()  # type: ignore[misc]

    @property
    def cost(self) -> tuple[int, int, int]:
        """RPCs, reads, writes."""
        return self.rpcs, self.reads, self.writes

    def intercept_unary_unary(
        self, continuation: Callable[[Any, Any], Any], call: Any, request: Any
    ) -> Any:
        """Counts a GetDocument as one read, a Commit as its writes."""
        method = self._count(call)
        answer = continuation(call, request)
        if method == "GetDocument":
            self.reads += 1
            self.touched[request.name.split("/documents/")[1]] += 1
        elif method == "Commit" and answer.code() is grpc.StatusCode.OK:
            self.writes += len(request.writes)
            for write in request.writes:
                name = write.update.name or write.delete
                self.written[name.split("/documents/")[1]] += 1
        return answer

    def intercept_unary_stream(
        self, continuation: Callable[[Any, Any], Any], call: Any, request: Any
    ) -> Any:
        """Counts each document that comes back, and at least one read a query."""
        name = self._count(call)
        self._require_index(request)
        for document in getattr(request, "documents", ()):
            self.touched[document.split("/documents/")[1]] += 1
        return self._counted(continuation(call, request), name)

    def _count(self, call: Any) -> str:
        name = str(call.method).rsplit("/", 1)[-1]
        self.rpcs += 1
        self.methods[name] += 1
        return name

    def _require_index(self, request: Any) -> None:
        within = getattr(request, "structured_aggregation_query", request)
        if hasattr(within, "structured_query"):
            index = require(within.structured_query)
            self.indexes |= {index} if index else set()

    def _counted(self, answers: Iterator[Any], name: str) -> Iterator[Any]:
        reads = 0
        for answer in answers:
            if name == "BatchGetDocuments":
                reads += answer.WhichOneof("result") is not None
            elif name == "RunQuery":
                reads += bool(answer.document.name)
            yield answer
        self.reads += reads if name == "BatchGetDocuments" else max(reads, 1)
