// Sends one span, one metric and one log record, as a program set up with Go's SDK does.
package main

import (
	"context"
	"log"
	"os"

	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	otellog "go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func exporters(ctx context.Context) (trace.SpanExporter, metric.Exporter, sdklog.Exporter) {
	if os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL") == "grpc" {
		return must(otlptracegrpc.New(ctx)), must(otlpmetricgrpc.New(ctx)), must(otlploggrpc.New(ctx))
	}
	return must(otlptracehttp.New(ctx)), must(otlpmetrichttp.New(ctx)), must(otlploghttp.New(ctx))
}

func main() {
	ctx := context.Background()
	spans, points, records := exporters(ctx)
	tracing := trace.NewTracerProvider(trace.WithBatcher(spans))
	metering := metric.NewMeterProvider(metric.WithReader(metric.NewPeriodicReader(points)))
	logging := sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewBatchProcessor(records)))

	_, span := tracing.Tracer("sender").Start(ctx, "sent")
	span.End()
	must(metering.Meter("sender").Int64Counter("sent")).Add(ctx, 1)
	var record otellog.Record
	record.SetBody(otellog.StringValue("sent"))
	logging.Logger("sender").Emit(ctx, record)

	for _, shutdown := range []func(context.Context) error{tracing.Shutdown, metering.Shutdown, logging.Shutdown} {
		if err := shutdown(ctx); err != nil {
			log.Fatal(err)
		}
	}
}
