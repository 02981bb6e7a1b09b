package infer

import (
	"bytes"
	"testing"

	"github.com/spectap/spectap/flow"
)

// Values of cookies, and of headers that redaction takes out whatever their name says, are in no model, however much they
// look like words.
func TestPrivateParameters(t *testing.T) {
	m := New()
	f := flow.Flow{ID: flow.NewID(), Done: true, Request: flow.Request{
		Method: "GET", Scheme: "https", Authority: "a.example", Path: "/things",
		Header: flow.Header{{Name: "Cookie", Value: "theme=swordfish"}, {Name: "Authentication", Value: "swordfish"}, {Name: "X-Service-Key", Value: "swordfish"}, {Name: "X-Mode", Value: "kept"}},
	}, Response: &flow.Response{Status: 200}}
	m.Add(&f)
	data, err := m.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte("swordfish")) || !bytes.Contains(data, []byte("kept")) {
		t.Errorf("the model keeps what it must not, or not what it may: %q", data)
	}
}
