"""Bodies as one wants to read them: a registry of views, one module a view."""
