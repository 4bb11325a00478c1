"""Says hello from inside a container image."""
