"""schemathesis reads the document, draws requests that fit it and requests that do not, and judges every answer.

`HUBNODE_TEST_EXAMPLES` says how many for each operation; the seed is fixed, and no failures of old are kept. What the
document can't say (a filter belongs to one kind, a cursor was given by the list) is said to the generator here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import missing_required_header, positive_data_acceptance

from hubnode.db import transaction
from hubnode.records.kinds import BY_SLUG
from hubnode.records.kinds.filtering import facet_names
from hubnode.web.api1.kept import EXTENSION
from hubnode.web.api1.limits import Buckets
from tests.five import Five
from tests.hubnode.hubs import Hub, close, make_hub
from tests.hubnode.web.api1.test_writing import Program, document
from tests.hubnode.web.desk import account
from tests.migrated import migrate

EXAMPLES = int(os.environ.get("HUBNODE_TEST_EXAMPLES", "6"))
OPERATIONS = (
    "listRecords", "getRecordById", "getRecord", "listVersions", "listHubs", "getHub", "listVocabularies",
    "getVocabulary", "listKinds",
)  # fmt: skip
WRITING = ("createDraft", "getDraft", "changeDraft", "publishDraft", "withdrawRecord", "uploadFile", "importRecords")
PROJECT = "prj-001"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def described(five: Five) -> Any:
    """The document of Wilster, read as any program reads it; nobody is asked to wait."""
    five.wilster.app.extensions[EXTENSION].buckets = Buckets(1_000_000)
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", five.wilster.app)


def test_every_operation_is_tried(described: Any) -> None:
    """None is forgotten below."""
    assert {one.ok().definition.raw["operationId"] for one in described.get_all_operations()} == {*OPERATIONS, *WRITING}


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_answer_is_as_described(described: Any, five: Five, operation: str, mode: GenerationMode) -> None:
    """Its status, type, headers and shape; what does not fit the document is refused, what fits is answered."""
    found = described.find_operation_by_id(operation)
    answered = []

    @given(case=found.as_strategy(generation_mode=mode))
    @settings(
        max_examples=-(-EXAMPLES // len(GenerationMode)),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def holds(case: schemathesis.Case) -> None:
        if mode.is_positive:
            _sensible(case, five)
            if len(answered) % 2:
                _of_what_there_is(case, five)
        case.call_and_validate()
        answered.append(case)

    try:
        holds()
    except Unsatisfiable:
        assert mode.is_negative, "an operation that nothing fits"
    else:
        assert answered


def _sensible(case: schemathesis.Case, five: Five) -> None:
    """Leave out of a fitting request what only a person who knows the rules would leave out."""
    query = case.query
    if not query:
        return
    query.pop("cursor", None)
    if "hub" in query:
        query["hub"] = [five.wilster.origin.split("://")[1]]
    if "fields" in query:
        query["fields"] = "title,updated_at"
    kinds = query.get("art") or []
    allowed = set(facet_names(BY_SLUG[kinds[0]].name).values()) if len(kinds) == 1 else set()
    for facets in (facet_names(kind.name).values() for kind in BY_SLUG.values()):
        for name in facets:
            if name not in allowed:
                query.pop(name, None)
    if kinds != ["termine"]:
        query.pop("zeit", None)
    if (query.get("sort") == "bald" and kinds != ["termine"]) or (query.get("sort") == "treffer" and "q" not in query):
        query.pop("sort")


def _of_what_there_is(case: schemathesis.Case, five: Five) -> None:
    """Ask for a record, a hub or a vocabulary that there is: nobody would draw one by chance."""
    origin, number = five.ids[PROJECT].split("/r/")
    there = {"host": origin.split("://")[1], "number": number, "name": "topics"}
    for name in case.path_parameters:
        case.path_parameters[name] = there[name]
    if "id" in case.query:
        case.query["id"] = five.ids[PROJECT]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, password_hash: str) -> Iterator[Hub]:
    """A hub to write at."""
    folder = tmp_path_factory.mktemp("desk")
    migrate(f"sqlite:///{folder / 'template.db'}")
    hub = make_hub(folder / "wilster", folder / "template.db", "Wilster", 5991, pages=True)
    with hub.at(), transaction() as session:
        session.add(account("Bob", "coordinator", password_hash))
    hub.app.extensions[EXTENSION].buckets = Buckets(1_000_000)
    yield hub
    close(hub)


@pytest.fixture(scope="module")
def writing(desk: Hub) -> Any:
    """The document of that hub: reading it, and the code behind it for words to draw, costs more than a test."""
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", desk.app)


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("operation", WRITING)
def test_writing_is_as_described(desk: Hub, writing: Any, operation: str, mode: GenerationMode) -> None:
    """With a token that may: drawn content is taken or refused by name, sensible content is taken."""
    program = Program(desk, "coordinator")
    tried = []

    @given(case=writing.find_operation_by_id(operation).as_strategy(generation_mode=mode))
    @settings(
        max_examples=-(-EXAMPLES // len(GenerationMode)),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def holds(case: schemathesis.Case) -> None:
        tried.append(case)
        number, tag = program.drafted()
        if mode.is_positive and len(tried) % 2:
            _writable(case, number, tag)
        case.headers["Authorization"] = f"Bearer {program.token}"
        answer = case.call()
        case.validate_response(answer, excluded_checks=[positive_data_acceptance, missing_required_header])
        if mode.is_positive and len(tried) % 2 and operation != "withdrawRecord":
            assert answer.status_code in (200, 201), answer.text
        else:
            assert answer.status_code < 500

    holds()


def _writable(case: schemathesis.Case, number: str, tag: str) -> None:
    """Make of a drawn request one that a program would send: a complete project, on the state that was seen."""
    case.path_parameters.update(dict.fromkeys(case.path_parameters, number))
    if "If-Match" in case.headers:
        case.headers["If-Match"] = tag
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"], case.media_type, case.body = f'"{number}"', "application/json", [document()]
    elif case.operation.definition.raw["operationId"] == "uploadFile":
        case.query["name"], case.body = "liste.csv", b"Name;Ort\nAmt;Wilster\n"
    elif case.method in ("POST", "PUT") and "requestBody" in case.operation.definition.raw:
        case.body = document()
