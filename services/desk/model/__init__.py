"""What the desk knows: who works here, and each thing as it stands after everything that was stated."""
