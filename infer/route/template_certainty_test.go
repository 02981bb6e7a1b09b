package route

import (
	"math"
	"testing"
)

// TestCertainty checks that a template is as certain as its least certain segment, and that segments
// without evidence are certain.
func TestCertainty(t *testing.T) {
	literal := func(weights ...float64) (s Segment) {
		for _, w := range weights {
			s.Evidence = append(s.Evidence, Evidence{Weight: w})
		}
		s.Chunks = []Chunk{{Literal: "a"}}
		return s
	}
	param := func(weights ...float64) Segment {
		return Segment{Chunks: []Chunk{{Param: &Param{Evidence: literal(weights...).Evidence}}}}
	}
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	for _, tt := range []struct {
		name     string
		segments []Segment
		want     float64
	}{
		{"no segments", nil, 1},
		{"not weighed", []Segment{literal(), literal(0), param(0)}, 1},
		{"a literal", []Segment{literal(-2)}, sigmoid(2)},
		{"a parameter", []Segment{param(1.5)}, sigmoid(1.5)},
		{"against what was decided", []Segment{literal(3)}, sigmoid(-3)},
		{"several reasons", []Segment{param(3, -1, 0)}, sigmoid(2)},
		{"reasons that cancel out", []Segment{literal(1, -1)}, .5},
		{"the first is least certain", []Segment{literal(-1), param(2)}, sigmoid(1)},
		{"the last is least certain", []Segment{literal(-4), literal(), param(2)}, sigmoid(2)},
		{"two parameters of a segment", []Segment{{Chunks: append(param(1).Chunks, param(2).Chunks...)}}, sigmoid(3)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := Template{Segments: tt.segments}
			if got := x.Certainty(); math.Abs(got-tt.want) > 1e-9 {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
