"""The keys of tokens: kept where only the operator may read, made by whoever is first, replaced without a gap."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import KeySet

from hubnode.network.signing_in.tokenkeys import FILE, LIFE, OVERLAP, TokenKeys

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def kid(token: str, keys: TokenKeys, now: datetime) -> str:
    """The name of the key of a token that is valid under what is published now."""
    read = jwt.decode(token, KeySet.import_key_set(keys.published(now)), ["ES256"])  # type: ignore[arg-type]
    return str(read.header["kid"])


def test_the_first_use_makes_a_key_that_only_the_operator_may_read(tmp_path: Path) -> None:
    keys = TokenKeys(tmp_path)
    keys.sign({"a": 1}, "JWT", NOW)
    file = tmp_path / FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    private = json.loads(file.read_text())[0]["d"]
    assert private not in json.dumps(keys.published(NOW))


def test_processes_that_begin_together_make_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: TokenKeys(tmp_path).sign({}, "JWT", NOW), range(8)))
    assert len({kid(token, TokenKeys(tmp_path), NOW) for token in made}) == 1


def test_a_key_is_published_a_day_before_it_signs_and_the_last_one_a_day_after(tmp_path: Path) -> None:
    keys, worker = TokenKeys(tmp_path), TokenKeys(tmp_path)
    first = keys.sign({}, "JWT", NOW)
    assert not worker.tend(NOW + LIFE - OVERLAP - timedelta(seconds=1))
    assert worker.tend(NOW + LIFE - OVERLAP)
    assert not worker.tend(NOW + LIFE - OVERLAP), "once is enough"
    before = NOW + LIFE - timedelta(seconds=1)
    assert len(keys.published(before)["keys"]) == 2
    assert kid(keys.sign({}, "JWT", before), keys, before) == kid(first, keys, before)
    after = NOW + LIFE
    second = keys.sign({}, "JWT", after)
    assert kid(second, keys, after) != kid(first, keys, after)
    worker.tend(after + OVERLAP - timedelta(seconds=1))
    assert kid(first, keys, after)
    worker.tend(after + OVERLAP)
    [left] = keys.published(after + OVERLAP)["keys"]
    assert left["kid"] == kid(second, keys, after)


def test_a_key_in_other_hands_goes_at_once(tmp_path: Path) -> None:
    keys = TokenKeys(tmp_path)
    lost = kid(keys.sign({}, "JWT", NOW), keys, NOW)
    made = keys.rotate(NOW, timedelta(0))
    assert [one["kid"] for one in keys.published(NOW)["keys"]] == [made]
    assert lost != made == kid(keys.sign({}, "JWT", NOW), keys, NOW)
