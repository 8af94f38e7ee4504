"""All SQL of navigation, one module per subject. Every function takes the connection first."""
