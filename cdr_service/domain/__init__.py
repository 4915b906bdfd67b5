"""Pure rules of tariffs, sessions and CDRs: no clock, network, database or framework."""
