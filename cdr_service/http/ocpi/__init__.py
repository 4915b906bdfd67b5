"""What partners call: OCPI 2.2.1 versions and credentials, under `/ocpi`."""
