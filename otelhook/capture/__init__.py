"""What runs inside a service: the WSGI middleware, the requests hooks, redaction, set-up."""
