"""The REST interface ``/api/v1``: records of all kinds for programs, with what they need to stay in step.

`smorest` is the library, tamed; `doors` are the addresses, `shapes` what they answer, `document` describes them
(OpenAPI 3.1). Who asks is told by `caller` alone; no cookie is ever looked at. Bytes are kept per version (`pieces`).
"""

from __future__ import annotations

from hubnode.web.api1.start import init_api1

__all__ = ["init_api1"]
