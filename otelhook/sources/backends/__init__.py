"""Tracing backends that are asked over HTTP: Jaeger, Tempo, Zipkin."""
