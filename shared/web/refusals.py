"""How a request that fails its model is refused: by the first error, or by all of them."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.base.errors import ApiError, Invalid, Malformed, Missing, ValidationFailed
from shared.web.bounds import is_absent


def first_error(error: ValidationError) -> ApiError:
    """The first missing field, else the first invalid one."""
    details = error.errors(include_url=False, include_context=False)
    if not details[0]["loc"]:
        return Malformed()
    for detail in details:
        if detail["type"] in ("missing", "too_short") or is_absent(detail["input"]):
            return Missing(_path(detail["loc"]))
    return Invalid(_path(details[0]["loc"]))


def all_errors(error: ValidationError) -> ApiError:
    """A sentence for each field that is wrong, for contracts that list everything."""
    details = error.errors(include_url=False)
    if not details[0]["loc"]:
        return Malformed()
    sentences: dict[str, list[str]] = {}
    for detail in details:
        path = _path(detail["loc"])
        sentences.setdefault(path, []).append(_sentence(path, detail))
    return ValidationFailed(sentences)


def _sentence(path: str, detail: ErrorDetails) -> str:
    if detail["type"] in ("missing", "too_short") or is_absent(detail["input"]):
        return f"The {path} field is required."
    match detail["type"]:
        case "number":
            return f"The {path} must be numeric"
        case "literal_error":
            return f"The selected {path} is invalid."
        case "too_long":
            return f"The {path} field must not have more than {detail['ctx']['max_length']} items."
        case "value_error":
            return f"The {path} field {detail['msg'].removeprefix('Value error, ')}."
    return f"The {path} field is invalid."


def _path(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc)
