"""What several formats need: frames, pages of a long diagram, units, bodies, names."""
