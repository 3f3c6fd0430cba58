"""Where a trace is read back from."""
