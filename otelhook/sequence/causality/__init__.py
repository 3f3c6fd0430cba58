"""Which spans are one call, what each was made for, and in which order all happened."""
