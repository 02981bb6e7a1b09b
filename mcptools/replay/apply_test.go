package replay

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestForStore keeps the secrets that redaction finds in a stored flow, and hides those that it
// does not find.
func TestForStore(t *testing.T) {
	f := capturedFlow("http://a.example")
	r := newRequest(t, f)
	escaped := "" // which redaction does not find
	for _, c := range []byte("hunter2-hunter2") {
		escaped += fmt.Sprintf("%%%02x", c)
	}
	raw := f
	raw.Request.Path = "/echo/" + escaped
	raw.Response = &flow.Response{
		Status: 200, Header: flow.Header{{Name: "X-Echo", Value: escaped}, {Name: "Set-Cookie", Value: "session=c00kie-value-abcdef"}},
		Body: flow.Body{Data: []byte("you said " + escaped), Size: 99},
	}
	kept := r.ForStore(raw)
	q, a := kept.Request, kept.Response
	if strings.Contains(q.Path, escaped) || strings.Contains(a.Header.Get("X-Echo"), escaped) || !strings.HasPrefix(string(a.Body.Data), "you said [redacted:") ||
		a.Body.Size != int64(len(a.Body.Data)) {
		t.Errorf("a secret is kept: %s, %v, %s", q.Path, a.Header, a.Body.Data)
	}
	if q.Header.Get("Authorization") != "Bearer s3cr3t-token-value-123456" || q.RawQuery != f.Request.RawQuery || string(q.Body.Data) != string(f.Request.Body.Data) ||
		a.Header.Get("Set-Cookie") != "session=c00kie-value-abcdef" {
		t.Errorf("a secret that readers find is not kept: %v, %s, %s, %v", q.Header, q.RawQuery, q.Body.Data, a.Header)
	}
	if string(raw.Response.Body.Data) != "you said "+escaped {
		t.Error("the flow was changed")
	}
}
