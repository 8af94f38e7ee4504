"""What tests share: servers, databases, builders, and waiting without sleeping."""
