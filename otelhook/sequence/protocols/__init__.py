"""What a call speaks: how each protocol is recognised, named, and how its outcome is read."""
