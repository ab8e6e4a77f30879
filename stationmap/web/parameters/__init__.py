"""What a request may ask: each set of parameters is a pydantic model, which checks requests and describes them.

A query string is read into the JSON document it stands for, and then checked like a body of JSON.
"""
