package codegen

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// FuzzGenerate writes programs for any request. Nothing in them hides from a reader, and a curl
// command has no text outside of its quotes that the shell expands.
func FuzzGenerate(f *testing.F) {
	f.Add("GET", "/a'b", "x=$(id)&y=`id`", "X-A", "'; id; '", "text/plain", []byte("a\u202eb"))
	f.Add("PO ST", "/\n#{x}", "%0a", "X-A\r\nX-B", "\\", "application/json", []byte(`{"a":"${b}"}`))
	f.Add("POST", "/", "", "Cookie", "a=b; c=\"", "application/x-www-form-urlencoded", []byte("a=\"\"\"&b='''"))
	f.Fuzz(func(t *testing.T, method, path, query, name, value, typ string, body []byte) {
		x := flow.Flow{ID: flow.ID{1}, Done: true, Request: flow.Request{Method: method, Scheme: "https", Authority: "api.example", Path: path, RawQuery: query,
			Header: flow.Header{{Name: name, Value: value}, {Name: "Content-Type", Value: typ}}, Body: flow.Body{Data: body, Size: int64(len(body))}}}
		hidden := func(where, code string) {
			if i := strings.IndexAny(code, "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200b\u200e\u200f\x1b\x00\u009b"); i >= 0 {
				t.Errorf("%s has a character that hides at %d: %q", where, i, code)
			}
		}
		hidden("curl", Curl(&x, false)+Curl(&x, true))
		for _, framework := range Frameworks() {
			hidden(framework, Generate(framework, Sequence{Flows: []flow.Flow{x}}).Code)
		}
	})
}
