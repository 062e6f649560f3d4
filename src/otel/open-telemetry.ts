import {
  context,
  metrics,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Meter,
  type MeterProvider,
  type Span,
  type Tracer,
  type TracerProvider,
} from "@opentelemetry/api";
import { checkOptions, type Check, type OptionsSpec } from "../check-options.js";
import { CurfewError } from "../errors.js";
import type { Credential, RedisCommand, RedisServers, RequestVerdict, Telemetry } from "../telemetry.js";

/** Options of {@link openTelemetry}. */
export interface OpenTelemetryOptions {
  /** Provider of the metrics. @default the provider that the app has registered */
  readonly meterProvider?: MeterProvider;
  /** Provider of the spans. @default the provider that the app has registered */
  readonly tracerProvider?: TracerProvider;
}

const NAME = "express-curfew";

const hasMethod =
  (name: string): Check =>
  (value) =>
    typeof (value as Readonly<Record<string, unknown>> | null)?.[name] === "function"
      ? null
      : `must be a provider of OpenTelemetry, with the method ${name}`;

const OPTIONS: OptionsSpec<OpenTelemetryOptions> = {
  by: "openTelemetry",
  usage: "openTelemetry()",
  checks: { meterProvider: hasMethod("getMeter"), tracerProvider: hasMethod("getTracer") },
};

/** Bounds in seconds, which OpenTelemetry's semantic conventions recommend for `db.client.operation.duration`. */
const DURATION_BOUNDS_S = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/**
 * Returns the value of the option `telemetry`, which sends spans and metrics to OpenTelemetry. No attribute names a session
 * or a user. Register the app's providers first: the metrics go to the provider that is registered at this call.
 *
 * @throws CurfewError `invalid_option`
 * @example createCurfew({ redis, telemetry: openTelemetry() })
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Telemetry {
  checkOptions(OPTIONS, options);
  const meter = (options.meterProvider ?? metrics).getMeter(NAME);
  const tracer = (options.tracerProvider ?? trace).getTracer(NAME);
  const requests = meter.createCounter("express_curfew.requests", {
    unit: "{request}",
    description: "Requests by the decision about their session.",
  });
  const ends = meter.createCounter("express_curfew.ended_sessions", {
    unit: "{session}",
    description: "Sessions that this process has ended, by reason.",
  });
  const durations = meter.createHistogram("db.client.operation.duration", {
    unit: "s",
    description: "Duration of commands to Redis.",
    advice: { explicitBucketBoundaries: DURATION_BOUNDS_S },
  });
  const inSpan = spansOf(tracer);
  return {
    countRequest: (verdict) => {
      requests.add(1, attributesOf(verdict, "cookie"));
    },
    check: (credential, work, verdictOf) =>
      inSpan("express_curfew.check_session", async (span) => {
        let verdict: RequestVerdict = { verdict: "failed", reason: null };
        try {
          const result = await work();
          verdict = verdictOf(result);
          return result;
        } catch (error) {
          if (typeOf(error) === "redis_unavailable") verdict = { verdict: "unavailable", reason: null };
          throw error;
        } finally {
          const attributes = attributesOf(verdict, credential);
          span.setAttributes(attributes);
          requests.add(1, attributes);
        }
      }),
    trace: (operation, work) => inSpan(`express_curfew.${operation}`, work),
    countEnd: (reason) => {
      ends.add(1, { "express_curfew.end.reason": reason });
    },
    noteCommand: (command) => {
      durations.record(command.durationMs / 1_000, attributesOfCommand(command));
    },
    watchServers: serversOf(meter),
  };
}

/** Runs work in a span of this name. */
type InSpan = <Result>(name: string, work: (span: Span) => Promise<Result>) => Promise<Result>;

function spansOf(tracer: Tracer): InSpan {
  return async <Result>(name: string, work: (span: Span) => Promise<Result>): Promise<Result> => {
    const span = tracer.startSpan(name, { kind: SpanKind.INTERNAL });
    try {
      return await context.with(trace.setSpan(context.active(), span), () => work(span));
    } catch (error) {
      // The error's message stays out of the span, because the app's own functions can cause the error.
      span.setStatus({ code: SpanStatusCode.ERROR });
      span.setAttribute("error.type", typeOf(error));
      throw error;
    } finally {
      span.end();
    }
  };
}

/** Exports the states of the Redis servers. Each of the app's instances of this package adds a function that reads them. */
function serversOf(meter: Meter): Telemetry["watchServers"] {
  const servers = meter.createObservableUpDownCounter("express_curfew.redis.servers", {
    unit: "{server}",
    description: "Redis servers by the state of their circuit breaker.",
  });
  const readers = new Set<() => RedisServers>();
  servers.addCallback((result) => {
    if (readers.size === 0) return;
    const all = [...readers].map((read) => read());
    for (const state of ["closed", "open"] as const) {
      const count = all.reduce((sum, states) => sum + states[state], 0);
      result.observe(count, { "express_curfew.redis.breaker": state });
    }
  });
  return (read) => {
    readers.add(read);
    return () => {
      readers.delete(read);
    };
  };
}

function attributesOf({ verdict, reason }: RequestVerdict, credential: Credential): Attributes {
  return {
    "express_curfew.verdict": verdict,
    "express_curfew.credential": credential,
    ...(reason === null ? {} : { "express_curfew.end.reason": reason }),
  };
}

function attributesOfCommand({ name, script, problem }: RedisCommand): Attributes {
  return {
    "db.system.name": "redis",
    "db.operation.name": name,
    ...(script === null ? {} : { "db.stored_procedure.name": script }),
    ...(problem === null ? {} : { "error.type": problem }),
  };
}

function typeOf(error: unknown): string {
  if (error instanceof CurfewError) return error.code;
  return error instanceof Error ? error.name : "_OTHER";
}
