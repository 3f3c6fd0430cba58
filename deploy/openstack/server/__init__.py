"""`openstack server create`: nova, neutron and RabbitMQ beside the services of the harness."""
