package infer_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
)

// TestCertainty holds that operations and parameters count what was seen, that the certainty of a
// path is a probability that traffic does not lessen, and that the order of the traffic does not
// matter.
func TestCertainty(t *testing.T) {
	decide := func(n int, reverse bool) map[string]infer.Operation {
		var fs []flow.Flow
		for i := range n {
			id := fmt.Sprintf("%08x-0000-4000-8000-000000000000", i*7919)
			body := `{"id":"` + id + `","login":"u"}`
			fs = append(fs, get("/users/"+id, fmt.Sprintf("lang=l%d", i%3), body), get("/users", "", "["+body+"]"))
		}
		if reverse {
			slices.Reverse(fs)
		}
		out := map[string]infer.Operation{}
		for _, op := range modelOf(fs).Document(infer.Options{}).Operations {
			out[op.ID] = op
		}
		return out
	}
	few, many, reversed := decide(3, false), decide(60, false), decide(60, true)
	for i, want := range []int64{60, 3} { // user_id, lang
		p := many["getUser"].Params[i]
		if p.Seen != 60 || p.Values < want*9/10 || p.Values > want*11/10 {
			t.Errorf("%s has about %d values in %d exchanges, want %d in 60", p.Name, p.Values, p.Seen, want)
		}
	}
	for id, op := range many {
		c := op.Certainty
		if c <= .5 || c >= 1 || few[id].Certainty > c {
			t.Errorf("%s: certainty %g after little traffic, %g after more", id, few[id].Certainty, c)
		}
		if d := reversed[id].Certainty - c; d < -1e-9 || d > 1e-9 {
			t.Errorf("%s: certainty %g, in reverse order %g", id, c, reversed[id].Certainty)
		}
	}
}
