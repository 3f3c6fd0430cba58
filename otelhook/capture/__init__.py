"""What runs inside a service: servers, clients, the trace's context, what is recorded, set-up."""
