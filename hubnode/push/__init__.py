"""Push: webhooks, WebSub and mail that bring a subscription to whoever wants it, derived from the change feed."""
