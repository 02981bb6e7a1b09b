package otlp

import (
	"bytes"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/spectap/spectap/internal/test/must"
)

const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0"

func TestSpans(t *testing.T) {
	got := make(chan *http.Request, 10)
	bodies := make(chan []byte, 10)
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got <- r
		bodies <- b
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL+"/otlp")
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b,x=1")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test")
	var notes bytes.Buffer
	tracer := Start("1.2", &notes, slog.New(slog.DiscardHandler))
	if notes.String() != "spectap: sends spans to "+collector.URL+"\n" {
		t.Errorf("notes: %s", notes.String())
	}
	at := time.Unix(1_700_000_000, 0)
	tracer.Record(Span{Name: "joined", Parent: parent + "1", Start: at, End: at.Add(time.Second), Failed: true, Attributes: []Attribute{String("a", "b")}})
	tracer.Record(Span{Name: "not sampled", Parent: parent + "0", Start: at, End: at})
	tracer.Record(Span{Name: "of another form\xff" + strings.Repeat("x", 1000), Parent: "x", Start: at, End: at, Client: true})
	tracer.Close()
	r := <-got
	if r.URL.Path != "/otlp/v1/traces" || r.Header.Get("Api-Key") != "a b" || r.Header.Get("Content-Type") != "application/x-protobuf" {
		t.Errorf("%s %v", r.URL, r.Header)
	}
	var all spans.TracesData
	must.Do(t, proto.Unmarshal(<-bodies, &all))
	if text := all.String(); !strings.Contains(text, "deployment.environment") || !strings.Contains(text, `"spectap"`) {
		t.Errorf("the resource is not described: %s", text)
	}
	list := all.ResourceSpans[0].ScopeSpans[0].Spans
	if len(list) != 2 {
		t.Fatalf("%d spans: %v", len(list), list)
	}
	s := list[0]
	if hex.EncodeToString(s.TraceId) != parent[3:35] || hex.EncodeToString(s.ParentSpanId) != parent[36:52] ||
		s.EndTimeUnixNano-s.StartTimeUnixNano != 1e9 || s.Status.GetCode() != spans.Status_STATUS_CODE_ERROR || s.Attributes[0].Key != "a" {
		t.Errorf("%v", s)
	}
	if s := list[1]; len(s.ParentSpanId) != 0 || len(s.Name) > maxText || s.Kind != spans.Span_SPAN_KIND_CLIENT {
		t.Errorf("%v", s)
	}
}

func TestVariables(t *testing.T) {
	for name, tt := range map[string]struct{ variable, value, want string }{
		"no URL":         {"OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318", "http://127.0.0.1:4318"},
		"password":       {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:s3cr3t@127.0.0.1", "without a password"},
		"gRPC":           {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "http/protobuf"},
		"console":        {"OTEL_TRACES_EXPORTER", "console", ""},
		"time":           {"OTEL_EXPORTER_OTLP_TIMEOUT", "10s", "milliseconds"},
		"headers":        {"OTEL_EXPORTER_OTLP_HEADERS", "s3cr3t", "NAME=VALUE"},
		"no certificate": {"OTEL_EXPORTER_OTLP_CERTIFICATE", "otlp_test.go", "no certificate"},
		"switched off":   {"OTEL_SDK_DISABLED", "true", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
			t.Setenv(tt.variable, tt.value)
			var log bytes.Buffer
			tracer := Start("", io.Discard, slog.New(slog.NewTextHandler(&log, nil)))
			if text := log.String(); tracer != nil || tt.want == "" && text != "" || !strings.Contains(text, tt.want) || strings.Contains(text, "s3cr3t") {
				t.Errorf("%v, log %s", tracer, text)
			}
		})
	}
}

// A collector that fails costs one warning, without the key in its URL.
func TestFailures(t *testing.T) {
	var log bytes.Buffer
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:1/traces?key=s3cr3t")
	tracer := Start("", io.Discard, slog.New(slog.NewTextHandler(&log, nil)))
	for range 3 {
		tracer.Record(Span{Name: "x", Start: time.Now(), End: time.Now()})
		tracer.provider.ForceFlush(t.Context())
	}
	tracer.Close()
	if text := log.String(); strings.Count(text, "\n") != 1 || strings.Contains(text, "s3cr3t") {
		t.Errorf("log: %s", text)
	}
}
