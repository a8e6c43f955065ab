"""Every module that has tables, so that one import knows the whole database."""

from hubnode.network import models as network
from hubnode.people import models as people
from hubnode.records import models as records
from hubnode.search import models as search

__all__ = ["network", "people", "records", "search"]
