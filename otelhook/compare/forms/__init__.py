"""What a comparison or a check found, as text: one module a form."""
