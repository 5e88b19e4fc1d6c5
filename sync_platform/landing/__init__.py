"""PostgreSQL: the platform's own tables and each entity's landing table; every statement the platform runs on them."""
