"""How many examples the properties try: HYPOTHESIS_PROFILE says `house` (usual), `mutation` (few, the same each time)
or `deep` (many)."""

import os

from hypothesis import settings

# A busy machine makes an example slow, never wrong.
settings.register_profile("house", deadline=None)
settings.register_profile("mutation", deadline=None, max_examples=25, derandomize=True, database=None)
settings.register_profile("deep", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))
