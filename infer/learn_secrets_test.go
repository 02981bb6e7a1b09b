package infer

import (
	"bytes"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
)

// TestSecretParameters holds that a model keeps no values of cookies and of the headers that
// redaction replaces, even if they look like words.
func TestSecretParameters(t *testing.T) {
	m := New()
	f := flow.Flow{ID: flow.NewID(), Done: true, Request: flow.Request{
		Method: "GET", Scheme: "https", Authority: "a.example", Path: "/things",
		Header: flow.Header{{Name: "Cookie", Value: "theme=swordfish"}, {Name: "Authentication", Value: "swordfish"},
			{Name: "X-Service-Key", Value: "swordfish"}, {Name: "X-Mode", Value: "kept"}},
	}, Response: &flow.Response{Status: 200}}
	m.Add(&f)
	data := must.Get(m.AppendBinary(nil))
	if bytes.Contains(data, []byte("swordfish")) {
		t.Errorf("the model holds a secret value: %q", data)
	}
	if !bytes.Contains(data, []byte("kept")) {
		t.Errorf("the model does not hold a harmless value: %q", data)
	}
}
