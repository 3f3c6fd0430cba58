"""The collector's pages: the list of traces, and a trace as the interactive document."""
