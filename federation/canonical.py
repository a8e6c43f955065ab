"""Canonical JSON: the one spelling in which hubs hash, sign and exchange values (RFC 8785, restricted).

The subset: ``null``, booleans, integers with ``|n| < 2**53``, strings without lone surrogates, arrays, and objects with
ASCII keys, at most 32 levels deep. No fractions, no exponents. Inside it, sorted ``orjson`` output is JCS output.
"""

from collections.abc import Collection
from typing import Any, TypeAlias

import orjson

from federation.errors import NotCanonical

JSONValue: TypeAlias = dict[str, Any] | list[Any] | str | int | bool | None
MAX_DEPTH = 32

_OPTIONS = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_SUBCLASS
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
)
_SCALARS = frozenset({str, int, bool, type(None)})


def encode(value: JSONValue, max_depth: int = MAX_DEPTH) -> bytes:
    """Return the canonical bytes of a value, or raise `NotCanonical` if it lies outside the subset."""
    try:
        _check_subset(value, max_depth)
    except TypeError as error:
        raise NotCanonical("a key that is not a text") from error
    return serialise(value)


def decode(data: bytes, max_depth: int = MAX_DEPTH) -> Any:
    """Return the value that canonical bytes spell; raise `NotCanonical` for every other spelling of it.

    Whitespace, another key order, duplicate keys, needless escapes and a byte order mark all change the bytes, so
    serialising again and comparing refuses them without a parser of our own.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise NotCanonical(f"not JSON: {error}") from error
    _check_subset(value, max_depth)
    if serialise(value) != data:
        raise NotCanonical("JSON in a second spelling")
    return value


def serialise(value: JSONValue) -> bytes:
    """Return the canonical bytes of a value that `decode` has given out: only its subset check is saved."""
    try:
        return orjson.dumps(value, option=_OPTIONS)
    except orjson.JSONEncodeError as error:
        raise NotCanonical(f"outside the canonical subset: {error}") from error


def _check_subset(value: Any, levels: int) -> None:
    """Refuse fractions, foreign types, keys outside ASCII, and more levels of containers than these."""
    if type(value) not in _SCALARS:
        _check_container(value, levels)


def _check_container(container: Any, levels: int) -> None:
    # Every line of every peer passes here: scalars are passed over without a call of their own.
    if levels == 0:
        raise NotCanonical("nested too deeply")
    if type(container) is dict:
        if not "".join(container).isascii():
            raise NotCanonical("a key outside ASCII")
        members: Collection[Any] = container.values()
    elif type(container) is list:
        members = container
    else:
        raise NotCanonical(f"outside the canonical subset: {type(container).__name__}")
    if _SCALARS.issuperset(map(type, members)):
        return
    for member in members:
        if type(member) not in _SCALARS:
            _check_container(member, levels - 1)
