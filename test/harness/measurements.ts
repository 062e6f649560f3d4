/** Collects the spans and metrics of an app with OpenTelemetry's SDK, in memory. */
import type { Attributes } from "@opentelemetry/api";
import { MeterProvider, MetricReader, type DataPoint, type Histogram } from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from "@opentelemetry/sdk-trace-base";
import { openTelemetry, type Telemetry } from "../../src/otel/index.js";

/** One value of a metric. */
export interface Point {
  readonly attributes: Attributes;
  readonly value: number | Histogram;
}

/** The measurements of an app. */
export interface Measurements {
  /** Value of the option `telemetry`. */
  readonly telemetry: Telemetry;
  /** Returns the ended spans, oldest first. */
  spans(): readonly ReadableSpan[];
  /** Returns the values of a metric. */
  points(metric: string): Promise<readonly Point[]>;
  /** Returns all that was measured, as one text. */
  text(): Promise<string>;
}

class Reader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** Begins to collect. */
export function collectMeasurements(): Measurements {
  const reader = new Reader();
  const exporter = new InMemorySpanExporter();
  const telemetry = openTelemetry({
    meterProvider: new MeterProvider({ readers: [reader] }),
    tracerProvider: new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  });
  const metrics = async () =>
    (await reader.collect()).resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  const spans = (): readonly ReadableSpan[] => exporter.getFinishedSpans();
  return {
    telemetry,
    spans,
    points: async (metric) =>
      (await metrics())
        .filter(({ descriptor }) => descriptor.name === metric)
        .flatMap(({ dataPoints }) => dataPoints as DataPoint<number | Histogram>[]),
    text: async () =>
      JSON.stringify([
        await metrics(),
        spans().map(({ name, attributes, events, status, links }) => [
          name,
          attributes,
          events,
          status,
          links,
        ]),
      ]),
  };
}
