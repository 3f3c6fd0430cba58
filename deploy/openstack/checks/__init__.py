"""What must hold of traced services, tried on the real ones; each check is a module."""
