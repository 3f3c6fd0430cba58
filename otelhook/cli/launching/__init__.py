"""Runs a command of the user's under recording, as if otelhook were not there."""
