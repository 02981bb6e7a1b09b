package filter_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/internal/test/must"
)

func parse(t interface{ Fatal(...any) }, text string) *filter.Filter {
	return must.Get(filter.Parse(text, now))
}

// at returns the known parts of a flow at a stage, as capture has it.
func at(st filter.Stage, whole *flow.Flow) *flow.Flow {
	f := *whole
	if st == filter.Complete {
		return &f
	}
	f.Seq, f.Took, f.Done, f.Err, f.Request.Body = 0, 0, false, "", flow.Body{}
	if st == filter.Requested || f.Response == nil {
		f.Response = nil
		return &f
	}
	f.Response = &flow.Response{Status: f.Response.Status, Header: f.Response.Header, Body: flow.Body{Size: f.Response.Body.Size}}
	return &f
}

// TestDecideLaw checks that a certain result at a stage holds for the complete flow, and that all
// are certain at the end.
func TestDecideLaw(t *testing.T) {
	terms := rapid.SampledFrom([]string{"method:POST", "ext:png", "status:4xx", "status:none", "type:json", "type:none",
		"header:retry-after", "size:>10", "took:>1s", "is:failed", `body:"out of"`, "number:17", "orders"})
	expression := rapid.Custom(func(t *rapid.T) string {
		text := terms.Draw(t, "first")
		for range rapid.IntRange(0, 3).Draw(t, "more") {
			text = "(" + text + ")" + rapid.SampledFrom([]string{" ", " or ", " -", " or not "}).Draw(t, "operator") + terms.Draw(t, "next")
		}
		return text
	})
	rapid.Check(t, func(t *rapid.T) {
		f := parse(t, expression.Draw(t, "filter"))
		whole := sample()
		whole.Request.Method = rapid.SampledFrom([]string{"GET", "POST"}).Draw(t, "method")
		if rapid.Bool().Draw(t, "failed") {
			whole.Response, whole.Err = nil, "refused"
		} else {
			whole.Response.Status = rapid.SampledFrom([]int{200, 404}).Draw(t, "status")
		}
		want := f.Match(whole)
		for _, st := range []filter.Stage{filter.Requested, filter.Answered, filter.Complete} {
			got, certain := f.Decide(at(st, whole), st)
			if certain && got != want || !certain && f.Late(st) == "" {
				t.Fatalf("stage %d: %v, certain %v; the complete flow: %v", st, got, certain, want)
			}
		}
	})
}
