"""The chain of many machines, run for real on one: its own files, and an overlay of addresses."""
