// Package otlp sends spans to a collector of OpenTelemetry, over HTTP. The SDK of OpenTelemetry
// groups and samples them, by the variables of its specification. Read otlp.go first.
package otlp

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Span is one exchange or decision. Its texts are clipped.
type Span struct {
	Name string
	// Parent is the traceparent of the request (W3C Trace Context, section 3.2), or "". A text of
	// another form begins a new trace. A parent that is not sampled leaves the span out.
	Parent     string
	Client     bool // the program asked; else it was asked
	Start, End time.Time
	Attributes []Attribute // with the names of the semantic conventions
	Failed     bool
}

// Attribute is a fact about a span.
type Attribute = attribute.KeyValue

// String and Int return attributes.
func String(name, value string) Attribute  { return attribute.String(name, clip(value)) }
func Int(name string, value int) Attribute { return attribute.Int(name, value) }

// Tracer records spans. It is safe for concurrent use. A nil Tracer drops them.
type Tracer struct {
	client   *client
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// maxEnd bounds the time that [Tracer.Close] waits for the collector, and maxText the bytes of a
// text.
const (
	maxEnd  = 2 * time.Second
	maxText = 256
)

// clip shortens what clients and servers say. Bytes that are no UTF-8 would make the collector
// refuse all spans of a group.
func clip(s string) string { return strings.ToValidUTF8(s[:min(len(s), maxText)], "") }

// Start returns a tracer that sends to the collector that the environment names, and says so on
// notes; nil if it names none. The environment may be meant for other programs: what cannot be used
// in it is a warning in log, as failures to send are.
func Start(version string, notes io.Writer, log *slog.Logger) *Tracer {
	t, err := start(version, log)
	if err != nil {
		log.Warn("no spans are sent", "error", err)
	}
	if t != nil {
		fmt.Fprintf(notes, "spectap: sends spans to %s://%s\n", t.client.call.URL.Scheme, t.client.call.URL.Host)
	}
	return t
}

func start(version string, log *slog.Logger) (*Tracer, error) {
	client, err := newClient(log)
	if client == nil || err != nil {
		return nil, err
	}
	described, err := resource.New(context.Background(), resource.WithTelemetrySDK(), resource.WithAttributes(
		attribute.String("service.name", "spectap"), attribute.String("service.version", version),
	), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES must be NAME=VALUE, separated by commas: %w", err)
	}
	exporter, err := otlptrace.New(context.Background(), client)
	if err != nil {
		return nil, err
	}
	p := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(described))
	return &Tracer{client, p, p.Tracer("spectap", trace.WithInstrumentationVersion(version))}, nil
}

// variable returns a variable of the exporter. The one for traces goes before that for all signals.
func variable(name string) string {
	for _, prefix := range []string{"OTEL_EXPORTER_OTLP_TRACES_", "OTEL_EXPORTER_OTLP_"} {
		if value := strings.TrimSpace(os.Getenv(prefix + name)); value != "" {
			return value
		}
	}
	return ""
}

// Record queues a span. It does not block: if the collector is too slow, the span is dropped.
func (t *Tracer) Record(s Span) {
	if t == nil {
		return
	}
	kind := trace.SpanKindServer
	if s.Client {
		kind = trace.SpanKindClient
	}
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{"traceparent": s.Parent})
	_, span := t.tracer.Start(ctx, clip(s.Name), trace.WithTimestamp(s.Start), trace.WithSpanKind(kind), trace.WithAttributes(s.Attributes...))
	if s.Failed {
		span.SetStatus(codes.Error, "")
	}
	span.End(trace.WithTimestamp(s.End))
}

// Close sends what waits.
func (t *Tracer) Close() {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), maxEnd)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		t.client.log.Warn("the last spans were not sent", "error", err)
	}
}
