package infer_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// repeatKind is a kind of exchange with repeated values.
type repeatKind struct{ name, method, contentType, request, format string }

// flows returns flows in which "main" occurs many times. Every second occurrence is written as
// other.
func (k repeatKind) flows(other string) (fs []flow.Flow) {
	const plain = `"main"`
	item := func(id int, name string) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":{"id":7,"name":%s,"by":{"login":%s}}}`, id, name, name)
	}
	for i := range 6 {
		name := plain
		if i%2 == 1 {
			name = other
		}
		first, second := item(1, name), item(2, other)
		body := fmt.Sprintf(k.format, first) + fmt.Sprintf(k.format, second)
		if strings.Contains(k.format, "[%s]") {
			body = fmt.Sprintf(k.format, first+","+second)
		}
		f := call(k.method, "/things/main", 200, "", "", k.contentType, body)
		if k.name == "refusals" && i > 2 {
			f.Response.Status = 404
		}
		if i == 5 {
			f.Request.Path = "/things/other"
		}
		if k.request != "" {
			send(&f.Request.Header, &f.Request.Body, "application/json", k.request)
		}
		fs = append(fs, f)
	}
	return fs
}

// TestRepeats holds that repeated values leave the same facts whether or not the reader recognizes
// the repetition by their bytes. It does not recognize values that are written with other escapes.
func TestRepeats(t *testing.T) {
	const plain, escaped = `"main"`, `"\u006dain"`
	const batch = `[{"jsonrpc":"2.0","id":1,"method":"a"},{"jsonrpc":"2.0","id":2,"method":"a"}]`
	for _, k := range []repeatKind{
		{"list", "GET", "application/json", "", "[%s]"},
		{"lines", "GET", "application/x-ndjson", "", "%s\n"},
		{"events", "GET", "text/event-stream", "", "data: %s\n\n"},
		{"named events", "GET", "text/event-stream", "", "event: push\ndata: %s\n\n"},
		{"batch", "POST", "application/json", batch, "[%s]"},
		{"calls", "POST", "application/x-ndjson", `{"jsonrpc":"2.0","id":1,"method":"a"}`, "%s\n"},
		{"refusals", "GET", "application/json", "", "[%s]"},
	} {
		t.Run(k.name, func(t *testing.T) {
			m := modelOf(k.flows(plain))
			same, other := encoded(t, m), encoded(t, modelOf(k.flows(escaped)))
			if !bytes.Equal(same, other) {
				t.Errorf("recognized repetitions leave %d bytes of facts, others %d", len(same), len(other))
			}
			decoded := modelOf(nil)
			if err := decoded.UnmarshalBinary(same); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(document(t, m, "3.1"), document(t, decoded, "3.1")) {
				t.Error("a decoded model gives a different document")
			}
			first, rest := modelOf(k.flows(plain)[:2]), modelOf(k.flows(plain)[2:])
			first.Merge(rest)
			if !bytes.Equal(same, encoded(t, first)) {
				t.Error("the merged parts differ from the whole")
			}
		})
	}
}
