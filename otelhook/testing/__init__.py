"""Tests as documents: what a test and the services it drives said to each other."""
