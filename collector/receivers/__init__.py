"""What takes spans in: OTLP over HTTP and gRPC, and Jaeger's old clients."""
