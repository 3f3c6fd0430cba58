"""Beside what else records: the program's own provider, and stock instrumentation."""
