"""A shop in four languages, traced with stock OpenTelemetry, as plain processes on loopback.

``python -m deploy.shop --help`` says what it can do; README.md says what it needs.
"""
