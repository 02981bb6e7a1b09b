package infer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
)

// TestQueryEvidence checks from which requests on a query parameter is required, or said to be
// always sent.
func TestQueryEvidence(t *testing.T) {
	for _, tt := range []struct {
		name     string
		queries  []string
		required bool // q is
		always   int64
	}{
		{"five requests, two others vary", []string{"q=a&x=1", "q=b&y=1", "q=c", "q=a", "q=b"}, true, 0},
		{"four requests", []string{"q=a&x=1", "q=b&y=1", "q=c", "q=a"}, false, 0},
		{"one other varies", []string{"q=a&x=1", "q=b", "q=c", "q=a", "q=b"}, false, 5},
		{"two values", []string{"q=a&x=1", "q=b&y=1", "q=a", "q=a", "q=b"}, false, 5},
		{"as many are constant as vary", []string{"q=a&z=1&x=1", "q=b&z=1&y=1", "q=c&z=1", "q=a&z=1", "q=b&z=1"}, true, 0},
		{"more are constant than vary", []string{"q=a&v=1&z=1&x=1", "q=b&v=1&z=1&y=1", "q=c&v=1&z=1", "q=a&v=1&z=1", "q=b&v=1&z=1"}, false, 5},
		{"absent once", []string{"q=a&x=1", "q=b&y=1", "q=c", "q=a", "x=1&y=1"}, false, 0},
		{"always sent in five requests", []string{"q=a", "q=a", "q=a", "q=a", "q=a"}, false, 5},
		{"in four", []string{"q=a", "q=a", "q=a", "q=a"}, false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var fs []flow.Flow
			for _, q := range tt.queries {
				fs = append(fs, get("/find", q, `{"hits":3}`))
			}
			op := operation(t, modelOf(fs).Document(infer.Options{}), "GET", "/find")
			i := slices.IndexFunc(op.Params, func(p infer.Param) bool { return p.Name == "q" })
			if p := op.Params[i]; p.Required != tt.required || p.AlwaysSent != tt.always {
				t.Errorf("required %t, always sent %d times; want %t, %d", p.Required, p.AlwaysSent, tt.required, tt.always)
			}
		})
	}
}

// TestBodyEvidence checks from which requests on a body is required.
func TestBodyEvidence(t *testing.T) {
	with := func(status int) flow.Flow {
		return call("POST", "/jobs", status, "application/json", `{"a":1}`, "application/json", `{"id":1}`)
	}
	without := func(status int) flow.Flow {
		return call("POST", "/jobs", status, "", "", "application/json", `{"id":1}`)
	}
	for _, tt := range []struct {
		name  string
		flows []flow.Flow
		want  bool
	}{
		{"three", []flow.Flow{with(201), with(201), with(201)}, true},
		{"two", []flow.Flow{with(201), with(201)}, false},
		{"one without", []flow.Flow{with(201), with(201), with(201), without(201)}, false},
		{"one refused without", []flow.Flow{with(201), with(201), with(201), without(400)}, true},
		{"refused ones do not count", []flow.Flow{with(201), with(201), with(400)}, false},
		{"redirects do", []flow.Flow{with(201), with(201), with(303)}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			op := operation(t, modelOf(tt.flows).Document(infer.Options{}), "POST", "/jobs")
			if op.Request.Required != tt.want {
				t.Errorf("required %t, want %t", op.Request.Required, tt.want)
			}
		})
	}
}

// TestLimits checks how many names of each kind an operation has at most, and how long they are.
// More are data: ids, topics or the keys of a map.
func TestLimits(t *testing.T) {
	numbered := func(n int, format string) (out []string) {
		for i := range n {
			out = append(out, fmt.Sprintf(format, string(rune('a'+i/26))+string(rune('a'+i%26))))
		}
		return out
	}
	events := func(names ...string) (out []flow.Flow) {
		var b strings.Builder
		for _, n := range names {
			fmt.Fprintf(&b, "event: %s\ndata: {\"x\":1}\n\n", n)
		}
		return []flow.Flow{call("GET", "/x", 200, "", "", "text/event-stream", b.String())}
	}
	queries := func(names ...string) (out []flow.Flow) {
		return []flow.Flow{get("/x", strings.Join(names, "=1&")+"=1", `{"a":1}`)}
	}
	types := func(names ...string) (out []flow.Flow) {
		for _, n := range names {
			out = append(out, call("GET", "/x", 200, "", "", n, "a"))
		}
		return out
	}
	documents := func(texts ...string) (out []flow.Flow) {
		for _, x := range texts {
			body := fmt.Sprintf(`{"operationName":"A","query":%q}`, x)
			out = append(out, call("POST", "/x", 200, "application/json", body, "application/json", `{"data":{}}`))
		}
		return out
	}
	namedEvents := func(op infer.Operation) int { return len(op.Responses[0].Content[0].Events) }
	parameters := func(op infer.Operation) int { return len(op.Params) }
	mediaTypes := func(op infer.Operation) int { return len(op.Responses[0].Content) }
	constants := func(op infer.Operation) int {
		for _, p := range op.Request.Content[0].Schema.Properties {
			if p.Name == "query" {
				return len(p.Schema.Enum)
			}
		}
		return -1
	}
	for _, tt := range []struct {
		name  string
		flows []flow.Flow
		count func(infer.Operation) int
		want  int
	}{
		{"longest name of an event", events(strings.Repeat("order_", 10) + "made"), namedEvents, 1},
		{"longer name", events(strings.Repeat("order_", 10) + "moved"), namedEvents, 0},
		{"most events", events(numbered(24, "ev_%s")...), namedEvents, 24},
		{"one more", events(numbered(25, "ev_%s")...), namedEvents, 0},
		{"number in the name of an event", events("room_17"), namedEvents, 0},
		{"version in the name of an event", events("chat_v2"), namedEvents, 1},
		{"most parameters", queries(numbered(200, "p%s")...), parameters, 200},
		{"many more, of which all above the limit are one", queries(numbered(220, "p%s")...), parameters, 200 + 1},
		{"most media types", types(numbered(16, "application/x-%s")...), mediaTypes, 16},
		{"many more media types", types(numbered(26, "application/x-%s")...), mediaTypes, 16 + 1},
		{"most documents", documents(numbered(3, "query A { %s }")...), constants, 3},
		{"one more", documents(numbered(4, "query A { %s }")...), constants, 0},
		{"longest document", documents("query A { " + strings.Repeat("a", 4084) + " }"), constants, 1},
		{"longer document", documents("query A { " + strings.Repeat("a", 4085) + " }"), constants, 0},
		{"number of four digits in a document", documents("query A { a(first: 1000) }"), constants, 1},
		{"of five", documents("query A { a(first: 10000) }"), constants, 0},
		{"text in a document", documents(`query A { a(x: "b") }`), constants, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := modelOf(tt.flows).Document(infer.Options{Schema: schema.Policy{Inline: true}})
			if len(d.Operations) != 1 {
				t.Fatalf("%d operations", len(d.Operations))
			}
			if got := tt.count(d.Operations[0]); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}
