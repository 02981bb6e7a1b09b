package capture

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestWeights checks that what a sender chose counts in full: paths, queries, header lines, the
// memory of bodies, and messages. The header of a common response is covered by the request.
func TestWeights(t *testing.T) {
	const field = 32 // bytes of a header line besides its text
	body := func(size, capacity int) flow.Body { return flow.Body{Data: make([]byte, size, capacity)} }
	long := flow.Header{{Name: "X", Value: strings.Repeat("v", 2000)}}
	for _, tt := range []struct {
		name            string
		f               flow.Flow
		request, answer int64
		rest            int64 // of the flow
	}{
		{"empty", flow.Flow{}, 1024, 0, 0},
		{"path and query", flow.Flow{Request: flow.Request{Path: "/ab", RawQuery: "c=de"}}, 1024 + 3 + 4, 0, 0},
		{"header", flow.Flow{Request: flow.Request{Header: flow.Header{{Name: "ab", Value: "cde"}, {Name: "f"}}}}, 1024 + 5 + field + 1 + field, 0, 0},
		{"request body", flow.Flow{Request: flow.Request{Body: body(3, 10)}}, 1024, 0, 10},
		{"common response", flow.Flow{Response: &flow.Response{Header: flow.Header{{Name: "ab", Value: "cde"}}}}, 1024, 0, 0},
		{"response with a long header", flow.Flow{Response: &flow.Response{Header: long}}, 1024, 2001 + field - 1024, 0},
		{"response with a long trailer", flow.Flow{Response: &flow.Response{Header: long, Trailer: long}}, 1024, 2*(2001+field) - 1024, 0},
		{"response body", flow.Flow{Response: &flow.Response{Body: body(0, 7)}, Request: flow.Request{Body: body(1, 2)}}, 1024, 0, 9},
		{"messages", flow.Flow{Messages: []flow.Message{{Data: make([]byte, 1, 5)}, {}}}, 1024, 0, 2*messageCost + 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := requestWeight(&tt.f); got != tt.request {
				t.Errorf("request: %d bytes, want %d", got, tt.request)
			}
			if got := responseWeight(&tt.f); got != tt.answer {
				t.Errorf("answer: %d bytes, want %d", got, tt.answer)
			}
			if got, want := flowWeight(&tt.f), tt.request+tt.answer+tt.rest; got != want {
				t.Errorf("flow: %d bytes, want %d", got, want)
			}
		})
	}
}
