"""Canonical JSON: the one spelling in which hubs hash, sign and exchange values (RFC 8785, restricted).

The subset: ``null``, booleans, integers with ``|n| < 2**53``, strings without lone surrogates, arrays, and objects with
ASCII keys, at most 32 levels deep. No fractions, no exponents. Inside it, sorted ``orjson`` output is JCS output.
"""

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
    _check_subset(value, max_depth)
    return _serialise(value)


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
    if _serialise(value) != data:
        raise NotCanonical("JSON in a second spelling")
    return value


def _serialise(value: JSONValue) -> bytes:
    try:
        return orjson.dumps(value, option=_OPTIONS)
    except orjson.JSONEncodeError as error:
        raise NotCanonical(f"outside the canonical subset: {error}") from error


def _check_subset(value: JSONValue, max_depth: int) -> None:
    """Refuse fractions, foreign types, keys outside ASCII and deep nesting, level by level without recursion."""
    level: list[Any] = [value]
    for _ in range(max_depth + 1):
        inner: list[Any] = []
        for item in level:
            kind = type(item)
            if kind in _SCALARS:
                continue
            if kind is dict:
                _check_keys(item)
                inner.extend(item.values())
            elif kind is list:
                inner.extend(item)
            else:
                raise NotCanonical(f"outside the canonical subset: {kind.__name__}")
        if not inner:
            return
        level = inner
    raise NotCanonical(f"nested deeper than {max_depth} levels")


def _check_keys(item: dict[Any, Any]) -> None:
    for key in item:
        if type(key) is not str or not key.isascii():
            raise NotCanonical("a key outside ASCII")
