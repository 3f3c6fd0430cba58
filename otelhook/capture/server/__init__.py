"""What answering a request has in common, over WSGI, ASGI and others."""
