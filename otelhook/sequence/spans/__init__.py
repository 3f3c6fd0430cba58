"""What one span says, in whatever names and types its tool wrote it."""
