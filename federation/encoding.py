"""The spellings of bytes, times and identifiers on the wire: one per value, every other one refused."""

import binascii
import re
from datetime import UTC, datetime

_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_TIME = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", re.ASCII)
_KEY_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)
_LOG_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
LAST_YEAR = 2099


def b64url(data: bytes) -> str:
    """Return base64url without padding (RFC 4648 section 5)."""
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=").decode()


def from_b64url(text: str, length: int) -> bytes:
    """Return exactly ``length`` bytes, or raise `ValueError` for another length, padding, or stray low bits."""
    try:
        data = binascii.a2b_base64((text + "=" * (-len(text) % 4)).encode().translate(_FROM_URL))
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64url") from error
    # Decoding passes over what is not base64; encoding again shows it.
    if len(data) != length or b64url(data) != text:
        raise ValueError(f"not the base64url spelling of {length} bytes")
    return data


def timestamp(moment: datetime) -> str:
    """Return an aware time in UTC like ``2026-11-22T12:16:03.120Z``; raise `ValueError` outside 2000-2099."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone is not a moment")
    utc = moment.astimezone(UTC)
    text = f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"
    parse_timestamp(text)
    return text


def parse_timestamp(text: str) -> datetime:
    """Return the moment a timestamp spells; raise `ValueError` for another spelling or a year outside 2000-2099."""
    if not _TIME.fullmatch(text):
        raise ValueError("a timestamp is spelled like 2026-11-22T12:16:03.120Z")
    moment = datetime.fromisoformat(text)
    if moment.year > LAST_YEAR:
        raise ValueError(f"a timestamp after {LAST_YEAR}")
    return moment


def is_key_id(text: str) -> bool:
    """Tell whether a text can name a key: 1 to 32 lower case letters, digits and hyphens."""
    return _KEY_ID.fullmatch(text) is not None


def is_log_id(text: str) -> bool:
    """Tell whether a text is a log id: 128 bits as 32 lower case hexadecimal digits."""
    return _LOG_ID.fullmatch(text) is not None
