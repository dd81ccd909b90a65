"""How chosen rows are written: as they were read, or as trainers read them."""
