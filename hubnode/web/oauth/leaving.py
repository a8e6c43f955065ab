"""Leading a browser to another hub."""

from __future__ import annotations

from flask import Response, make_response, redirect, render_template, request

from hubnode.web.context import hub_name, hub_settings


def leave(address: str) -> Response:
    """Lead the browser to an address of another hub, which has been checked.

    Where a form of ours has led here, a page does it: the policy that keeps our forms from being sent elsewhere
    (``form-action``) would stop the redirect as well, and it stays as strict as it is.
    """
    own = hub_settings().base_url
    from_here = request.headers.get("Sec-Fetch-Site") == "same-origin" or (
        "Sec-Fetch-Site" not in request.headers and request.headers.get("Referer", "").startswith(own + "/")
    )
    if not from_here:
        made = make_response(redirect(address, 303))
    else:
        origin = "/".join(address.split("/", 3)[:3])
        made = make_response(render_template("oauth/weiter.html", address=address, place=hub_name(origin)))
    made.headers["Cache-Control"] = "no-store"
    return made
