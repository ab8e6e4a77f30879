"""What WeChat lets pages do with the account of a union: tickets for its JS-SDK, and signatures by them."""
