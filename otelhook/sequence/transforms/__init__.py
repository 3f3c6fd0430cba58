"""Passes from Document to Document: redaction, filters, loops, frames."""
