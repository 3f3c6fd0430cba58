"""Three small services and a client, for ``otelhook demo``."""
