"""Outgoing calls: a hook for each client library, and what they share."""
