"""Servers whose handlers are the program's own: http.server, aiohttp, Tornado."""
