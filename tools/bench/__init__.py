"""How fast the product is beside what others do with the same bytes: `make bench`."""
