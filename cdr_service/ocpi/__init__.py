"""The wire: everything that knows JSON or HTTP headers of OCPI 2.2.1."""
