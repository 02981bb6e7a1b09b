package document

import (
	"testing"

	"github.com/spectap/spectap/mcptools/tool"
)

// TestOperationsLines checks the text of a list of operations.
func TestOperationsLines(t *testing.T) {
	const legend = "?a is optional, ?a! required; sent: in all requests; n counts flows, flow is an example. Types: get_operation. Flows: inspect_flow.\n"
	for _, x := range []struct {
		name string
		r    OperationsResult
		want string
	}{
		{"one", OperationsResult{Servers: []string{"https://a"}, Operations: []string{"GET /a"}, Flows: 1, Page: tool.Page{Total: 1}},
			"server https://a\nGET /a\n1 operation from 1 flow\n" + legend},
		{"some left out", OperationsResult{Operations: []string{"GET /a", "GET /b"}, Flows: 5, Excluded: []Excluded{{Reason: "scripts", Count: 3}, {Reason: "pages", Count: 1}}, Page: tool.Page{Total: 2}},
			"GET /a\nGET /b\n2 operations from 5 flows; left out: 3 scripts, 1 pages\n" + legend},
		{"outline", OperationsResult{Outline: []TagRow{{"t", 1, map[string]int{"GET": 1}, "/t"}, {"u", 3, map[string]int{"POST": 1, "GET": 2}, "/u"}}, Flows: 9, Note: "a note", Page: tool.Page{Total: 4}},
			"tag \"t\": 1 operation, 1 GET, such as /t\ntag \"u\": 3 operations, 2 GET, 1 POST, such as /u\n4 operations from 9 flows\na note\n"},
	} {
		if got := x.r.Lines(); got != x.want {
			t.Errorf("%s:\n%q, want\n%q", x.name, got, x.want)
		}
	}
}
