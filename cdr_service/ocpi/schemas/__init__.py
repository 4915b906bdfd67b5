"""OCPI objects as marshmallow schemas: load makes a frozen object or a checked dict, dump reads a frozen object."""
