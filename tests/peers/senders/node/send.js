// Sends one span, one metric and one log record, as a program set up with Node's SDK does.
"use strict";

const { metrics, trace } = require("@opentelemetry/api");
const { logs } = require("@opentelemetry/api-logs");
const { NodeSDK } = require("@opentelemetry/sdk-node");

// What goes where is said by the environment: OTEL_TRACES_EXPORTER, OTEL_METRICS_EXPORTER, ...
const sdk = new NodeSDK();
sdk.start();
trace.getTracer("sender").startSpan("sent").end();
metrics.getMeter("sender").createCounter("sent").add(1);
logs.getLogger("sender").emit({ body: "sent" });
sdk.shutdown();
