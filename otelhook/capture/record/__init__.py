"""What one span will say: headers, bounded copies of bodies, and how much of them is kept."""
