package infer

import (
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestChangedHeadersSayNothingAboutAuthentication checks that an operation does not become public
// because a rule added the credentials that the client did not send.
func TestChangedHeadersSayNothingAboutAuthentication(t *testing.T) {
	for _, tt := range []struct {
		name    string
		changed flow.Change
		want    int // requirements: nil, or bearer with or without anonymous access
	}{
		{"unchanged", 0, 2},
		{"header changed", flow.HeaderChanged, 1},
		{"body changed", flow.BodyChanged, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := New()
			for range 5 {
				m.Add(&flow.Flow{Done: true, Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: "/things",
					Header: flow.Header{{Name: "Authorization", Value: "Bearer abc"}}}, Response: &flow.Response{Status: 200}})
				m.Add(&flow.Flow{Done: true, Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: "/things",
					Changed: tt.changed}, Response: &flow.Response{Status: 200}})
			}
			d := m.Document(Options{})
			if len(d.Operations) != 1 || len(d.Operations[0].Security) != tt.want {
				t.Errorf("got %+v", d.Operations[0].Security)
			}
		})
	}
}
