"""Operations: starting, supervising and looking at the platform: demo, status, health, a partner's connection."""
