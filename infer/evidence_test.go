package infer_test

import (
	"slices"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
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
