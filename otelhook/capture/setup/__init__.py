"""Sets capture up in a process, switches it off and on, and ends it."""
