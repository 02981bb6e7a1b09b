package capture

import (
	"net/url"
	"strconv"

	"github.com/spectap/spectap/egress/otlp"
	"github.com/spectap/spectap/flow"
)

// trace records a span for each complete exchange. It has the redacted path, and neither the query
// nor headers nor bodies. The request was forwarded as it was: the server's spans have the same
// parent.
func (t *Tap) trace(flows []flow.Flow) {
	for i := range flows {
		if f := &flows[i]; f.Done {
			t.traces.Record(t.spanOf(f))
		}
	}
}

// spanOf returns the span of an exchange, with the names of OpenTelemetry's conventions for HTTP.
func (t *Tap) spanOf(f *flow.Flow) otlp.Span {
	r := &f.Request
	s := otlp.Span{
		Name: r.Method, Parent: r.Header.Get("traceparent"), Client: true, Start: f.Started, End: f.Started.Add(f.Took),
		Attributes: []otlp.Attribute{
			otlp.String("http.request.method", r.Method), otlp.String("url.scheme", r.Scheme), otlp.String("url.path", t.redact.Flow(*f).Request.Path),
		},
	}
	at := url.URL{Scheme: r.Scheme, Host: r.Authority}
	s.Attributes = append(s.Attributes, otlp.String("server.address", at.Hostname()))
	if port, err := strconv.Atoi(at.Port()); err == nil {
		s.Attributes = append(s.Attributes, otlp.Int("server.port", port))
	}
	problem := ""
	if p := f.Response; p != nil {
		s.Attributes = append(s.Attributes, otlp.Int("http.response.status_code", p.Status))
		if p.Status >= 400 {
			problem = strconv.Itoa(p.Status)
		}
	}
	if f.Failure() != "" {
		problem = "failed" // the reason may quote what was sent
	}
	if s.Failed = problem != ""; s.Failed {
		s.Attributes = append(s.Attributes, otlp.String("error.type", problem))
	}
	return s
}
