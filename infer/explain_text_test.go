package infer

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestExplanationText checks the text of an explanation: counts in singular and plural, weights with
// one decimal, and signs for evidence without one.
func TestExplanationText(t *testing.T) {
	for _, tt := range []struct {
		name string
		x    Explanation
		want string
	}{
		{"a path that no flow has", Explanation{Method: "GET", Path: "/a"}, "GET /a\n"},
		{"one flow", Explanation{Method: "GET", Path: "/a", ID: "getA", Seen: 1}, "GET /a\n  getA, 1 flow\n"},
		{"two, and a call in batches", Explanation{Method: "GET", Path: "/a", ID: "getA", Seen: 2, Batched: 1},
			"GET /a\n  getA, 2 flows, 1 call in batches\n"},
		{"two calls in batches", Explanation{Method: "GET", Path: "/a", ID: "getA", Batched: 2}, "GET /a\n  getA, 0 flows, 2 calls in batches\n"},
		{"findings", Explanation{Method: "GET", Path: "/a", Findings: []Finding{
			{About: "path", Subject: "a", Result: "literal", For: []Evidence{{Text: "seen", Count: 3, Weight: 1.25}, {Text: "once", Count: 1, Weight: 2}},
				Against: []Evidence{{Text: "rare", Count: 5, Weight: -0.5}, {Text: "noted", Count: 5}}},
			{About: "path", Subject: "b", Result: "parameter", For: []Evidence{{Text: "noted"}}},
			{About: "query", Subject: "c", Result: "optional"},
		}}, "GET /a\n\npath\n" +
			"  a                        literal\n" +
			"       +1.2 seen (3)\n" +
			"       +2.0 once\n" +
			"       -0.5 rare (5)\n" +
			"         -  noted\n" +
			"  b                        parameter\n" +
			"         +  noted\n" +
			"\nquery\n" +
			"  c                        optional\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			if err := tt.x.WriteText(&b, true); err != nil || b.String() != tt.want {
				t.Errorf("got %v\n%s\nwant\n%s", err, b.String(), tt.want)
			}
		})
	}
	full := errors.New("disk full")
	if err := new(Explanation).WriteText(failingWriter{full}, true); !errors.Is(err, full) {
		t.Errorf("error %v", err)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

// TestShort checks which reasons a decision has in short.
func TestShort(t *testing.T) {
	f := Finding{
		For:     []Evidence{{Text: "answers hold it"}, {Text: "weak", Weight: 0.3}, {Text: "b", Weight: 2}, {Text: "a", Weight: 3}, {Text: "c", Weight: 1}},
		Against: []Evidence{{Text: "slight", Weight: -0.4}, {Text: "strong", Weight: -1}},
	}
	s := f.Short()
	if want := []string{"a", "b", "c"}; !slices.Equal(s.Reasons, want) || s.But != "strong" || s.Certainty < 0.99 || s.Certainty > 1 {
		t.Errorf("%+v", s)
	}
	counted := Finding{For: []Evidence{{Text: "in all of them", Count: 3}}}
	if s := counted.Short(); s.Certainty != 0 || len(s.Reasons) != 1 || s.But != "" {
		t.Errorf("without weights: %+v", s)
	}
	if s := (&Finding{Against: []Evidence{{Text: "x", Weight: 2}}}).Short(); s.Certainty != 0.5 {
		t.Errorf("against all evidence: %+v", s)
	}
}
