"""The trace's context: between processes in headers, within one in threads and greenlets."""
