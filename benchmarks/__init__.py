"""How fast, how small and how flat the platform is, each figure against something to compare it with."""
