"""What the desk decides: how things stand after what was stated, who may see what, and how it is told."""
