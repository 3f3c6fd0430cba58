"""What is said beside steps: notes, references, summaries, highlights."""
