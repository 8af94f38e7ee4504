"""What navigation knows, as immutable values: no behaviour beyond reading itself."""
