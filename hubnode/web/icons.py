"""The icons that pages use: names of Material Symbols, built into one sprite by `hubnode.web.assets`."""

from __future__ import annotations

NAMES = """
    accessibility_new account_balance add apartment arrow_back arrow_forward badge calendar_month call category
    check_circle checklist close cloud_off code content_copy contrast delete description devices directions_bus
    diversity_3 domain download eco edit error euro event_busy event_repeat filter_alt_off flag folder_open forum gavel
    groups handshake help history hub info key language lightbulb link list_alt location_on lock login logout mail
    medical_services menu open_in_new pause payments person play_arrow print public publish rocket_launch rss_feed save
    schedule school science search settings share shield sign_language star storefront sync sync_problem timer topic
    travel_explore trending_up tune undo upload verified videocam visibility visibility_off warning work
"""
ICONS = tuple(sorted(NAMES.split()))
"""Every icon of the sprite, by name."""
