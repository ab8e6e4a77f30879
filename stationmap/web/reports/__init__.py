"""Reports of riders: taken by the API, and followed on the page of a receipt."""
