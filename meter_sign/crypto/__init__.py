"""Curves, keys and signatures: the only place of the product that computes with them."""
