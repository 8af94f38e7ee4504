"""What navigation decides: pure functions of what is known and of the moment they are given."""
