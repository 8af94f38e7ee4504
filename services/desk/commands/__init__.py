"""What a page, an event and a command line all cause alike."""
