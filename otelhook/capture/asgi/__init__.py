"""Incoming requests and websockets over ASGI: the middleware, and what its messages say."""
