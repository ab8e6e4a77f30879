"""How ways become a network: rules of travel, crossings, arrays."""
