"""The requests of a document as a shell script of curl commands."""
