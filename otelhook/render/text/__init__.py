"""The diagram for a terminal."""
