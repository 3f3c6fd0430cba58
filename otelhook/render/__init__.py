"""Document to text or bytes: one module a format."""
