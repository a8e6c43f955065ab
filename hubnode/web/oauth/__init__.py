"""This node as an authorization server (RFC 6749, OpenID Connect Core 1.0).

`server.py` is the base that every grant shares; `hub_code.py` lets our people sign in at other hubs. A grant for
somebody else, such as partners with client credentials, is a module beside it that registers its clients, its way to
prove oneself, its grant and its tokens on the same `server.PROVIDER`.
"""
