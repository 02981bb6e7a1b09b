package infer

import (
	"slices"
	"testing"
)

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
