"""Letters by mail: addresses, texts, the outbox, and the one way to a mail server."""
