"""Who may do what on NATS, derived from what each service publishes and reads."""
