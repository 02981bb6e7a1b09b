package infer_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestAgain: values that come again leave the facts that they leave where they are not seen to be the same, as they are
// written otherwise.
func TestAgain(t *testing.T) {
	item := func(id int, name string) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":{"id":7,"name":%s,"by":{"login":%s}}}`, id, name, name)
	}
	const plain, escaped = `"main"`, `"\u006dain"`
	for _, kind := range []struct{ name, method, contentType, request, form string }{
		{"list", "GET", "application/json", "", "[%s]"},
		{"lines", "GET", "application/x-ndjson", "", "%s\n"},
		{"events", "GET", "text/event-stream", "", "data: %s\n\n"},
		{"named events", "GET", "text/event-stream", "", "event: push\ndata: %s\n\n"},
		{"batch", "POST", "application/json", `[{"jsonrpc":"2.0","id":1,"method":"a"},{"jsonrpc":"2.0","id":2,"method":"a"}]`, "[%s]"},
		{"calls", "POST", "application/x-ndjson", `{"jsonrpc":"2.0","id":1,"method":"a"}`, "%s\n"},
		{"refusals", "GET", "application/json", "", "[%s]"},
	} {
		flows := func(second string) (fs []flow.Flow) {
			for i := range 6 {
				name := plain
				if i%2 == 1 {
					name = second
				}
				one, two := item(1, name), item(2, second)
				body := fmt.Sprintf(kind.form, one) + fmt.Sprintf(kind.form, two)
				if strings.Contains(kind.form, "[%s]") {
					body = fmt.Sprintf(kind.form, one+","+two)
				}
				f := flow.Flow{Done: true, Request: flow.Request{Method: kind.method, Scheme: "https", Authority: "api.example.com", Path: "/things/main"}, Response: &flow.Response{Status: 200}}
				if kind.name == "refusals" && i > 2 {
					f.Response.Status = 404
				}
				if i == 5 {
					f.Request.Path = "/things/other"
				}
				if kind.request != "" {
					send(&f.Request.Header, &f.Request.Body, "application/json", kind.request)
				}
				send(&f.Response.Header, &f.Response.Body, kind.contentType, body)
				fs = append(fs, f)
			}
			return fs
		}
		again, anew := encoded(t, learnt(flows(plain))), encoded(t, learnt(flows(escaped)))
		if !bytes.Equal(again, anew) {
			t.Errorf("%s: the same values written the same way leave %d bytes of facts, otherwise %d", kind.name, len(again), len(anew))
		}
		direct, read := learnt(flows(plain)), learnt(nil)
		if err := read.UnmarshalBinary(again); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(document(t, direct, "3.1"), document(t, read, "3.1")) {
			t.Errorf("%s: facts give another document when they were written and read", kind.name)
		}
		first, rest := learnt(flows(plain)[:2]), learnt(flows(plain)[2:])
		first.Merge(rest)
		if !bytes.Equal(again, encoded(t, first)) {
			t.Errorf("%s: parts merged are not the whole", kind.name)
		}
	}
}
