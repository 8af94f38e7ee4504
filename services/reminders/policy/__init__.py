"""What reminders decides. Pure: no I/O, no clock, no randomness; times come in and go out aware, in UTC."""
