"""A distributed trace as a document that people read."""
