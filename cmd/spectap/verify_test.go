package main

import (
	"maps"
	"testing"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/mcptools/spectools/roundtrip"
)

// TestExplainExcluded checks that flows without an operation are said to be left out for the reasons
// that the inference gives, if these are as many.
func TestExplainExcluded(t *testing.T) {
	reasons := func(counts ...any) (out []infer.Exclusion) {
		for i := 0; i < len(counts); i += 2 {
			out = append(out, infer.Exclusion{Reason: counts[i].(string), Count: int64(counts[i+1].(int))})
		}
		return out
	}
	for _, tt := range []struct {
		name     string
		excluded map[string]int
		reasons  []infer.Exclusion
		want     map[string]int
	}{
		{"all are explained", map[string]int{roundtrip.NoOperation: 3}, reasons("a page", 1, "a file", 2), map[string]int{"a page": 1, "a file": 2}},
		{"some were known", map[string]int{roundtrip.NoOperation: 3, "a page": 1}, reasons("a page", 2, "a file", 2), map[string]int{"a page": 2, "a file": 2}},
		{"too few", map[string]int{roundtrip.NoOperation: 3}, reasons("a page", 2), map[string]int{roundtrip.NoOperation: 3}},
		{"too many", map[string]int{roundtrip.NoOperation: 3}, reasons("a page", 4), map[string]int{roundtrip.NoOperation: 3}},
		{"none is left", map[string]int{"a page": 2}, reasons("a page", 2), map[string]int{"a page": 2}},
		{"fewer than known", map[string]int{roundtrip.NoOperation: 1, "a page": 2}, reasons("a page", 1, "a file", 1), map[string]int{"a page": 2, "a file": 1}},
	} {
		r := &roundtrip.Report{Excluded: tt.excluded}
		if explainExcluded(r, tt.reasons); !maps.Equal(r.Excluded, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, r.Excluded, tt.want)
		}
	}
}
