package otlp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/spectap/spectap/egress"
)

// client posts spans as OTLP 1.11 over HTTP, as Protocol Buffers. That of OpenTelemetry adds 5 MB
// of gRPC to the program.
type client struct {
	call    egress.Call
	http    *egress.Client
	log     *slog.Logger
	failing atomic.Bool // the last group was not taken
}

// newClient returns nil if the variables name no endpoint or switch traces off.
func newClient(log *slog.Logger) (*client, error) {
	endpoint := variable("ENDPOINT")
	if endpoint == "" || strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") || !slices.Contains([]string{"", "otlp"}, os.Getenv("OTEL_TRACES_EXPORTER")) {
		return nil, nil
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, errors.New("OTEL_EXPORTER_OTLP_ENDPOINT must be a URL such as http://127.0.0.1:4318, without a password")
	}
	if os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" {
		u.Path = path.Join("/", u.Path, "v1/traces")
	}
	if p := variable("PROTOCOL"); p != "" && p != "http/protobuf" {
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL is %q: only http/protobuf can be sent, usually to port 4318", p)
	}
	timeout := 10 * time.Second
	if text := variable("TIMEOUT"); text != "" {
		ms, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return nil, errors.New("OTEL_EXPORTER_OTLP_TIMEOUT must be a number of milliseconds")
		}
		timeout = time.Duration(ms) * time.Millisecond
	}
	c := &client{log: log, call: egress.Call{
		Method: http.MethodPost, URL: u, Header: []egress.Pair{{Name: "Content-Type", Value: "application/x-protobuf"}},
	}}
	for pair := range strings.SplitSeq(variable("HEADERS"), ",") {
		if pair == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !ok || err != nil {
			return nil, errors.New("OTEL_EXPORTER_OTLP_HEADERS must be NAME=VALUE, separated by commas, with % escapes")
		}
		c.call.Credentials = append(c.call.Credentials, egress.Credential{In: egress.InHeader, Name: strings.TrimSpace(name), Value: value})
	}
	trust, err := tlsConfig()
	if err != nil {
		return nil, err
	}
	c.http, err = egress.New(egress.Config{Named: []string{u.String()}, Timeout: timeout, Redirects: -1, TLS: trust})
	return c, err
}

func tlsConfig() (*tls.Config, error) {
	c := new(tls.Config)
	if file := variable("CERTIFICATE"); file != "" {
		pem, err := os.ReadFile(file)
		if c.RootCAs = x509.NewCertPool(); err == nil && !c.RootCAs.AppendCertsFromPEM(pem) {
			err = fmt.Errorf("%s has no certificate in PEM", file)
		}
		if err != nil {
			return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_CERTIFICATE: %w", err)
		}
	}
	if file := variable("CLIENT_CERTIFICATE"); file != "" {
		pair, err := tls.LoadX509KeyPair(file, variable("CLIENT_KEY"))
		if err != nil {
			return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// Start implements otlptrace.Client.
func (*client) Start(context.Context) error { return nil }

// Stop implements otlptrace.Client.
func (c *client) Stop(context.Context) error {
	c.http.Close()
	return nil
}

// UploadTraces implements otlptrace.Client. A group that the collector does not take is lost, with
// a warning for the first of several.
func (c *client) UploadTraces(ctx context.Context, groups []*spans.ResourceSpans) error {
	err := c.post(ctx, groups)
	if was := c.failing.Swap(err != nil); err != nil && !was {
		c.log.Warn("the collector does not take traces", "error", err)
	}
	return nil
}

func (c *client) post(ctx context.Context, groups []*spans.ResourceSpans) error {
	// The bytes are those of an ExportTraceServiceRequest, whose package needs gRPC.
	body, err := proto.Marshal(&spans.TracesData{ResourceSpans: groups})
	if err != nil {
		return err
	}
	call := c.call
	call.Body = body
	resp, err := c.http.Do(ctx, call)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body) // so that the connection is used again
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("it answers %s", resp.Status)
	}
	return nil
}
