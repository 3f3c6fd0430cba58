"""The diagram as a picture, drawn without a browser."""
