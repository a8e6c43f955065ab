"""Every module that has tables, so that one import knows the whole database."""

from hubnode.feeds import changes_models as changes
from hubnode.mail import models as mail
from hubnode.network import agreement_models as agreements
from hubnode.network import choice_models as choice_changes
from hubnode.network import erasure_models as erasure
from hubnode.network import joining_models as joining
from hubnode.network import letters_models as letters
from hubnode.network import models as network
from hubnode.network import questions_models as questions
from hubnode.network import vitals
from hubnode.network.signing_in import models as signing_in
from hubnode.network.taking_part import models as taking_part
from hubnode.people import audit_models as audit
from hubnode.people import barrier_models as barriers
from hubnode.people import factor_models as factors
from hubnode.people import feed_key_models as feed_keys
from hubnode.people import link_models as links
from hubnode.people import models as people
from hubnode.people import partner_models as partners
from hubnode.push import models as push
from hubnode.records import choices
from hubnode.records import import_models as imports
from hubnode.records import media_models as media
from hubnode.records import models as records
from hubnode.records import move_models as moves
from hubnode.records import profile_models as profiles
from hubnode.records import removal_models as removals
from hubnode.records import review_models as reviews
from hubnode.records import saved_models as saved
from hubnode.search import models as search

__all__ = [
    "agreements",
    "audit",
    "barriers",
    "changes",
    "choice_changes",
    "choices",
    "erasure",
    "factors",
    "feed_keys",
    "imports",
    "joining",
    "letters",
    "links",
    "mail",
    "media",
    "moves",
    "network",
    "partners",
    "people",
    "profiles",
    "push",
    "questions",
    "records",
    "removals",
    "reviews",
    "saved",
    "search",
    "signing_in",
    "taking_part",
    "vitals",
]
