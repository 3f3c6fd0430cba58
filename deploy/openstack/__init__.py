"""OpenStack in plain processes on loopback, traced by otelhook, and the site of its commands.

``python -m deploy.openstack --help`` says what it can do; README.md says what it needs.
"""
