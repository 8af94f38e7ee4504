"""The ways from the desk to others: the services that own what is changed."""
