package filter_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
)

func parse(t interface{ Fatal(...any) }, text string) *filter.Filter {
	f, err := filter.Parse(text, now)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestExtension(t *testing.T) {
	for path, want := range map[string]string{
		"/logo.png": "ext:png", "/a/LOGO.PNG": "ext:.png", "/a.css;v=1": "ext:png,css", "/a.tar.gz": "ext:gz",
		"/v1.2/users": "ext:none", "/.well-known": "ext:none", "/a.": "ext:none", "*": "ext:none", "/": "ext:png,none",
	} {
		fl := sample()
		fl.Request.Path = path
		if !parse(t, want).Match(fl) || parse(t, want+" ext:js").Match(fl) {
			t.Errorf("%s does not match %s", path, want)
		}
	}
}

// at returns what is known of a flow at a stage, as capture has it.
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

func TestDecide(t *testing.T) {
	for _, tt := range []struct {
		filter    string
		decidedAt filter.Stage
		late      string // at Answered
	}{
		{"", filter.Requested, ""},
		{"method:POST", filter.Requested, ""},
		{"not method:POST", filter.Requested, ""},
		{"ext:none host:.com:8443 orders query:page", filter.Requested, ""},
		{"status:4xx", filter.Answered, ""},
		{"-type:json", filter.Answered, ""},
		{"header:retry-after", filter.Answered, ""},
		{"method:GET status:4xx", filter.Requested, ""},  // no
		{"method:POST or type:js", filter.Requested, ""}, // yes
		{"method:GET or type:js", filter.Answered, ""},
		{"size:>1k", filter.Complete, "size"},
		{"status:2xx took:>1s", filter.Answered, "took"}, // no
		{"body:stock", filter.Complete, "body"},
		{"is:failed", filter.Complete, "is"},
	} {
		f := parse(t, tt.filter)
		for _, st := range []filter.Stage{filter.Requested, filter.Answered, filter.Complete} {
			selected, certain := f.Decide(at(st, sample()), st)
			if certain != (st >= tt.decidedAt) || certain && selected != f.Match(sample()) {
				t.Errorf("%s at stage %d: selected %v, certain %v", tt.filter, st, selected, certain)
			}
		}
		if got := f.Late(filter.Answered); got != tt.late {
			t.Errorf("%s: %q is late, want %q", tt.filter, got, tt.late)
		}
	}
}

// TestDecideLaw checks that what is certain at a stage holds for the complete flow, and that all is
// certain at the end.
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
