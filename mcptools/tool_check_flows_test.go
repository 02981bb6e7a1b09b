package mcptools

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestCheckFlowsTooMuch checks a captured body that a pattern of the document takes half a minute
// to judge. The flow is counted as not checked in full.
func TestCheckFlowsTooMuch(t *testing.T) {
	var body strings.Builder
	for i := range 300 {
		fmt.Fprintf(&body, `,"%s!%d"`, strings.Repeat("a", 45), i)
	}
	data := []byte("[" + body.String()[1:] + "]")
	s := connect(t, newStore(t, flow.Flow{
		ID: flow.NewID(), Done: true,
		Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example.com", Path: "/a"},
		Response: &flow.Response{
			Status: 200, Header: flow.Header{{Name: "Content-Type", Value: "application/json"}},
			Body: flow.Body{Data: data, Size: int64(len(data))},
		},
	}))
	got := s.fine("check_flows", object{"spec": `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"responses":{
		"200":{"description":"","content":{"application/json":{"schema":{"items":{"not":{"pattern":"^(a+)+$"}}}}}}}}}}}`})
	if got["too_much"] != 1.0 || got["checked"] != 1.0 || got["broken"] != 0.0 {
		t.Errorf("got %v", got)
	}
}
