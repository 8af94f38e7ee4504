"""What navigation does, whoever asks for it: load, decide, write, state; for handlers, jobs and the API."""
