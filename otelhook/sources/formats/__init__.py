"""The formats in which others write spans, to our model."""
