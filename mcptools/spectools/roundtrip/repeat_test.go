package roundtrip

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/openapi"
)

// countingWriter counts the bytes of answers.
type countingWriter struct {
	http.ResponseWriter
	n *atomic.Int64
}

func (w countingWriter) Write(b []byte) (int, error) {
	w.n.Add(int64(len(b)))
	return w.ResponseWriter.Write(b)
}

// TestRepeats sends equal requests once and reads one answer of each kind, and counts all flows.
func TestRepeats(t *testing.T) {
	doc, err := openapi.Load([]byte(`
openapi: 3.0.3
info: {title: t, version: "1"}
servers: [{url: "https://api.example.com"}]
paths:
  /users:
    get:
      parameters: [{name: q, in: query, schema: {type: integer}}]
      responses: {"200": {description: ok}}
`))
	if err != nil {
		t.Fatal(err)
	}
	v, err := New(doc, Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	var requests, read atomic.Int64
	v.stub.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		v.stub.ServeHTTP(countingWriter{w, &read}, r)
	})
	const answer = `{"a":[1]}`
	get := func(query string, status int, h ...flow.Field) *flow.Flow {
		return &flow.Flow{Done: true, Request: flow.Request{
			Method: "GET", Scheme: "https", Authority: "api.example.com", Path: "/users", RawQuery: query, Header: h,
		}, Response: &flow.Response{Status: status, Body: flow.Body{Data: []byte(answer), Size: int64(len(answer))}}}
	}
	for _, x := range []struct {
		name              string
		f                 *flow.Flow
		requests, answers int64
	}{
		{"first", get("q=1", 200), 1, 1},
		{"equal", get("q=1", 200), 1, 1},
		{"other value", get("q=2", 200), 2, 1},
		{"other status of an equal request", get("q=1", 404), 2, 1},
		{"other status", get("q=3", 404), 3, 2},
		{"other header", get("q=1", 200, flow.Field{Name: "X-A", Value: "b"}), 4, 2},
		{"invalid", get("q=x", 200), 4, 2},
		{"invalid again", get("q=x", 200), 4, 2},
		{"refused", get("q=x", 422), 4, 2},
		{"refused again", get("q=x", 422), 4, 2},
	} {
		report := &Report{Excluded: map[string]int{}}
		if err := v.verify(context.Background(), x.f, report); err != nil {
			t.Fatalf("%s: %v", x.name, err)
		}
		if requests.Load() != x.requests || read.Load() != x.answers*int64(len(answer)) {
			t.Errorf("%s: %d requests and %d bytes of answers, want %d and %d answers",
				x.name, requests.Load(), read.Load(), x.requests, x.answers)
		}
		isRefusal := strings.HasPrefix(x.name, "refused")
		isInvalid := strings.HasPrefix(x.name, "invalid")
		if (len(report.Differences) > 0) != isInvalid || (report.Excluded[Refused] > 0) != isRefusal ||
			(report.Reproduced > 0) == (isRefusal || isInvalid) {
			t.Errorf("%s: %+v", x.name, report)
		}
	}
}
