"""What WeChat asks of a site: signatures for its JS-SDK, and files that show whose the host is."""
