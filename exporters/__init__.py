"""What leaves a service: the spool, numbered steps, OTLP."""
