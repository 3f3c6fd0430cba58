"""From ordered events to a Document: participants, numbered steps, groups."""
