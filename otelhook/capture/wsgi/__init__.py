"""Incoming requests over WSGI: the middleware, and where servers receive an application."""
