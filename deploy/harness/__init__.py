"""What the harnesses beside have in common: programs that are installed, started and stopped."""
