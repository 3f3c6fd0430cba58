"""Jaeger's query API on our store, so that tools made for Jaeger read it."""
