"""A page of records as it is usually written: the ORM loads rows, a marshmallow schema dumps them, Flask sends JSON.

The known thing beside the interface of a node: the same records of the same database, as public readers may see them,
served by the same server. Run: ``python -m bench.naive PORT THREADS INSTANCE``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, jsonify, request
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from hubnode.config import Settings
from hubnode.records import kinds
from hubnode.records.models import Record

PUBLIC = (Record.state == "published", Record.level == "public", ~Record.hidden)


class RecordSchema(Schema):
    """One record, with the members that the interface of a node gives it."""

    id = fields.Function(lambda record: f"{record.origin}/r/{record.rec}")
    hub = fields.String(attribute="origin")
    number = fields.String(attribute="rec")
    kind = fields.String()
    art = fields.Function(lambda record: kinds.KINDS[record.kind].slug)
    revision = fields.Integer(attribute="rev")
    visibility = fields.String(attribute="level")
    url = fields.Function(lambda record: f"{record.origin}/{kinds.KINDS[record.kind].slug}/{record.rec}")
    home_url = fields.Function(lambda record: f"{record.origin}/{kinds.KINDS[record.kind].slug}/{record.rec}")
    title = fields.Function(lambda record: kinds.KINDS[record.kind].headline(_body(record)))
    summary = fields.Function(lambda record: kinds.KINDS[record.kind].summary(_body(record)))
    topics = fields.Function(lambda record: _body(record).get("topics", []))
    starts_at = fields.DateTime()
    ends_at = fields.DateTime()
    published_at = fields.DateTime()
    updated_at = fields.DateTime()
    body = fields.Function(lambda record: dict(_body(record)))


def _body(record: Record) -> dict[str, Any]:
    """What a public reader sees, decoded once for each record."""
    if "seen" not in record.__dict__:
        record.__dict__["seen"] = kinds.project(record.kind, json.loads(record.body or b"{}"), "public", record.level)
    seen: dict[str, Any] = record.__dict__["seen"]
    return seen


def load(instance: Path) -> Callable[..., Any]:
    """An application with one view: a page of the list."""
    app, engine, schema = Flask("naive", static_folder=None), _engine(instance), RecordSchema(many=True)

    @app.get("/records")
    def records() -> Response:
        limit, offset = int(request.args.get("limit", "100")), int(request.args.get("offset", "0"))
        with Session(engine) as session:
            chosen = sa.select(Record).where(*PUBLIC).order_by(Record.updated_at.desc(), Record.id.desc())
            found = session.scalars(chosen.offset(offset).limit(limit)).all()
            total = session.scalar(sa.select(sa.func.count()).select_from(Record).where(*PUBLIC))
            return jsonify({"items": schema.dump(found), "total": total, "next": offset + limit})

    return app


def _engine(instance: Path) -> sa.Engine:
    return sa.create_engine(Settings.load(instance).database, connect_args={"check_same_thread": False})


def serve(port: int, threads: int, instance: Path) -> None:
    """Serve until SIGTERM, with the options of `hubnode.serving`."""
    Granian(
        "naive",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        workers=1,
        blocking_threads=threads,
        websockets=False,
        log_level=LogLevels.error,
    ).serve(target_loader=partial(load, instance), wrap_loader=False)


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
