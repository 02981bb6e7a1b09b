package infer

import (
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestFlowsOfRulesTeachNothing checks that a document says nothing of an exchange that a rule of the
// proxy changed, held or answered: it may have made the answer. A header that was set may be the
// credentials that the client did not send.
func TestFlowsOfRulesTeachNothing(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*flow.Flow)
		want int // requirements: bearer with or without anonymous access
	}{
		{"none", func(*flow.Flow) {}, 2},
		{"a changed header", func(f *flow.Flow) { f.Request.Changed = flow.HeaderChanged }, 1},
		{"a changed request", func(f *flow.Flow) { f.Request.Changed = flow.BodyChanged }, 1},
		{"a changed response", func(f *flow.Flow) { f.Response.Changed = flow.StartChanged }, 1},
		{"held or answered", func(f *flow.Flow) { f.Tags = flow.AddRule(nil, "hold-1") }, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := New()
			for range 5 {
				m.Add(&flow.Flow{Done: true, Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: "/things",
					Header: flow.Header{{Name: "Authorization", Value: "Bearer abc"}}}, Response: &flow.Response{Status: 200}})
				f := &flow.Flow{Done: true, Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: "/things"},
					Response: &flow.Response{Status: 200}}
				tt.edit(f)
				m.Add(f)
			}
			d := m.Document(Options{})
			if len(d.Operations) != 1 || len(d.Operations[0].Security) != tt.want {
				t.Errorf("got %+v", d.Operations[0].Security)
			}
		})
	}
}
