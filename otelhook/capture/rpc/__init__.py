"""Calls over gRPC: client and server, their messages as JSON by their own descriptors."""
