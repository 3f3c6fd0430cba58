"""``python -m deploy.shop``: a shop that nobody here instrumented, and what is drawn of it."""
