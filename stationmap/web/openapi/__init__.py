"""The description of the API, OpenAPI 3.1, made of what stands on its routes and of the models that check requests."""
