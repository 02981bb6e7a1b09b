package document

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/openapi/diff"
)

// TestContinuations says how to get the rest of a result.
func TestContinuations(t *testing.T) {
	more := tool.Page{Total: 9, Truncated: true, NextOffset: 4}
	for _, c := range []struct {
		name string
		r    tool.Partial
		want string // the beginning, "" for nothing
	}{
		{"differences", DiffResult{Complete: true}, ""},
		{"more differences", DiffResult{Complete: true, Page: more}, "This result is incomplete: call x again with the same arguments and offset 4"},
		{"comparing", DiffResult{Comparing: true}, "The documents are still being compared, so this has contradictions only: repeat the call of x."},
		{"not all flows", DiffResult{}, "Not all flows were checked, since the time was up: repeat the call of x, which continues."},
		{"not all of both", DiffResult{Page: more}, "Not all flows were checked, since the time was up: repeat the call of x, which continues. This result is incomplete: "},
		{"all mismatches", CheckResult{Kinds: 2, Truncated: true, Mismatches: make([]Mismatch, 2), Progress: source.Progress{Complete: true}}, ""},
		{"some mismatches", CheckResult{Kinds: 5, Truncated: true, Mismatches: make([]Mismatch, 2), Progress: source.Progress{Complete: true}},
			"These are the 2 most frequent of 5 mismatches; limit 5 lists all."},
		{"some of the flows", CheckResult{Kinds: 5, Mismatches: make([]Mismatch, 2), Progress: source.Progress{Searched: 1, Total: 2}}, "1 of 2 flows were examined so far; "},
		{"document", SpecResult{Operations: 9, Page: tool.Page{Total: 9}}, ""},
		{"part of a document", SpecResult{Operations: 4, Page: more}, "This is a document of 4 of 9 operations. Call x again with the same arguments and offset 4 "},
		{"operations", OperationsResult{Page: tool.Page{Total: 9}}, ""},
		{"more operations", OperationsResult{Page: more}, "This result is incomplete: call x again"},
		{"outline", OperationsResult{Outline: []TagRow{{}}, Page: more}, "The API has 9 operations. Call x again with tag, query, method or offset"},
	} {
		if got := c.r.Continuation("x"); !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestSpecLines writes a document as it is, behind what is said about it.
func TestSpecLines(t *testing.T) {
	doc := json.RawMessage(`{"a":"<b>"}`)
	for _, c := range []struct {
		name string
		r    SpecResult
		want string
	}{
		{"JSON", SpecResult{Document: map[string]any{"a": doc}, Format: "json", Version: "3.1.0", Operations: 1, Flows: 2, Page: tool.Page{Total: 1}},
			"OpenAPI 3.1.0, json: 1 of 1 operation, from 2 flows\n{\"a\":{\"a\":\"<b>\"}}\n"},
		{"YAML", SpecResult{Text: "a: b\n", Format: "yaml", Version: "3.0.3", Operations: 2, Flows: 1, Hosts: []string{"a.example", "b.example"}, Note: "a note",
			Excluded: []Excluded{{Reason: "assets", Count: 3}}, Page: tool.Page{Total: 5}},
			"OpenAPI 3.0.3, yaml: 2 of 5 operations, from 1 flow of a.example, b.example; left out: 3 assets\na note\na: b\n"},
		{"compact", SpecResult{Text: "GET /a", Format: formatCompact, Flows: 3, Page: tool.Page{Total: 1}}, "GET /a\n1 operation from 3 flows."},
		{"compact with a note", SpecResult{Text: "GET /a", Format: formatCompact, Flows: 3, Note: "a note", Page: tool.Page{Total: 1}}, "GET /a\n1 operation from 3 flows. a note"},
	} {
		if got := c.r.Lines(); got != c.want {
			t.Errorf("%s:\n%q, want\n%q", c.name, got, c.want)
		}
	}
}

// TestDiffLines checks the text of differences: groups by kind with examples, or changes with flows.
// A line break of a document begins no line.
func TestDiffLines(t *testing.T) {
	g := newGroups()
	for i, c := range []Change{
		{ID: "b", Level: "info", Method: "GET", Path: "/a", Text: "x\ny"}, {ID: "b", Level: "info", Method: "GET", Path: "/a", Text: "again"},
		{ID: "a", Level: "breaking", Method: "PUT", Path: "/c", Text: strings.Repeat("z", 200)}, {ID: "b", Level: "info", Method: "PUT", Path: "/b", Text: "second"},
		{ID: "b", Level: "info", Method: "PUT", Path: "/d", Text: "third"},
	} {
		g.add(string(diff.Undocumented), c, i+1)
	}
	g.add(contradiction, Change{ID: "c", Level: "warning", Text: "wrong"}, 1)
	g.add(string(diff.NotShown), Change{ID: "d", Level: "breaking", Text: "unseen"}, 7)
	r := DiffResult{Breaking: 1, Warning: 1, Info: 1, Checked: 1, Groups: g.sorted()}
	for _, part := range []diff.Part{diff.PartOperation, diff.PartParameter, diff.PartParameter, diff.PartStatus, diff.PartMember, ""} {
		r.NotShown.add(part)
	}
	want := "1 breaking, 1 warning, 1 info; 1 flow checked\nnot shown by the traffic: 1 operation, 2 parameters, 1 status, 1 member, 1 other\n" +
		"\ncontradiction\nwarning c n=1 in 1 operation\n  : wrong\n" +
		"\nundocumented\nbreaking a n=3 in 1 operation\n  PUT /c: " + strings.Repeat("z", 142) + "…\ninfo b n=12 in 3 operations\n  GET /a: x y\n  PUT /b: second\n" +
		"\nnot_shown\nbreaking d n=7 in 1 operation\n  : unseen\n"
	if got := r.Lines(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	r = DiffResult{Comparing: true, Changes: []Change{{Level: "info", Method: "GET", Path: "/a", Text: "b\nc", Flows: []uint64{1, 2}}, {Level: "warning", Text: "d"}}}
	if got := r.Lines(); got != "0 breaking, 0 warning, 0 info; 0 flows checked\ninfo GET /a: b c flows 1 2\nwarning  : d\n" {
		t.Errorf("%q", got)
	}
}

// TestOfSegment finds a segment by its text in the template or in the path of the call, or by its
// number.
func TestOfSegment(t *testing.T) {
	all := []infer.Finding{
		{About: "query", Subject: "page"}, {About: "path", Subject: "api"}, {About: "path", Subject: "users"}, {About: "path", Subject: "{user_id}"}, {About: "path", Subject: "7"},
	}
	for _, c := range []struct{ segment, path, want string }{
		{"users", "", "users"}, {"{user_id}", "", "{user_id}"}, {"user_id", "", "{user_id}"}, {"1", "", "api"}, {"4", "", "7"}, {"7", "", "7"},
		{"42", "/users/42/7", "{user_id}"}, {"{id}", "users/{id}/7/", "{user_id}"}, {"42", "/api/users/42/7", "{user_id}"}, {"id", "/api/users/{id}/7", "{user_id}"},
		{"page", "", ""}, {"0", "", ""}, {"5", "", ""}, {"x", "/x/y/z/api/users/42/7", ""}, {"3", "/users/42/7", "{user_id}"},
		{"api", "/users/api/7", "api"},
	} {
		got, err := ofSegment(all, c.segment, c.path)
		if c.want == "" {
			if err == nil || err.Error() != "argument segment: must be one of api, users, {user_id}, 7, or a number from 1 to 4" {
				t.Errorf("%+v: %v, %v", c, got, err)
			}
		} else if err != nil || len(got) != 1 || got[0].Subject != c.want {
			t.Errorf("%+v: %v, %v", c, got, err)
		}
	}
}

// TestOfSegmentNumber takes a number for the text of a segment first.
func TestOfSegmentNumber(t *testing.T) {
	all := []infer.Finding{{About: "path", Subject: "2"}, {About: "path", Subject: "a"}}
	for segment, want := range map[string]string{"2": "2", "1": "2", "a": "a"} {
		if got, err := ofSegment(all, segment, ""); err != nil || got[0].Subject != want {
			t.Errorf("%s: %v, %v", segment, got, err)
		}
	}
}

// TestFindingLines keeps the strongest reasons for and against a decision, and counts the others.
func TestFindingLines(t *testing.T) {
	evidence := func(weights ...float64) (out []infer.Evidence) {
		for i, w := range weights {
			out = append(out, infer.Evidence{Text: fmt.Sprint("reason ", i), Weight: w, Count: int64(i)})
		}
		return out
	}
	segment := finding(&infer.Finding{About: "path", Subject: "{id}", Result: "parameter", For: evidence(2.04, 0.5, 0.25, 1), Against: evidence(-0.1, -3)})
	query := finding(&infer.Finding{About: "query", Subject: "q", Result: "optional", For: evidence(0, 0), Against: evidence(0)})
	name := finding(&infer.Finding{About: "operation", Result: "getA", For: evidence(1)})
	r := ExplainResult{Method: "GET", Path: "/a/{id}", OperationID: "getA", Count: 1, Excluded: "assets", Findings: []Finding{segment, query, name}}
	want := "GET /a/{id} getA, 1 flow\nnot in the document: assets\n" +
		"path {id}: parameter; score +0.7, a parameter above 0.0\n  +2.0 reason 0\n  +1.0 reason 3 (3)\n  +0.5 reason 1 (1)\n  +0.3 reason 2 (2)\n  -3.0 reason 1 (1)\n  and 1 weaker\n" +
		"query q: optional\n  + reason 0\n  + reason 1 (1)\n  - reason 0\n" +
		"operation: getA\n  +1.0 reason 0\n"
	if got := r.Lines(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// TestScoreOfSegment gives a segment the sum of its reasons as score, unless they weigh nothing.
func TestScoreOfSegment(t *testing.T) {
	for _, tt := range []struct {
		about   string
		weights []float64
		want    string // "": none
	}{
		{"path", []float64{1, 0.54}, "1.5"}, {"path", []float64{1, -1.24}, "-0.2"}, {"path", []float64{0.5, -0.5}, ""}, {"path", []float64{0}, ""}, {"path", nil, ""}, {"query", []float64{1}, ""},
	} {
		f := &infer.Finding{About: tt.about}
		for _, w := range tt.weights {
			f.For = append(f.For, infer.Evidence{Weight: w})
		}
		got := finding(f)
		if (got.Score != nil) != (tt.want != "") || (got.Threshold != nil) != (tt.want != "") || got.Score != nil && (fmt.Sprint(*got.Score) != tt.want || *got.Threshold != 0) {
			t.Errorf("%s %v: %+v, want the score %q", tt.about, tt.weights, got, tt.want)
		}
	}
}

// TestExplainError tells a call that has no time from an operation that is not there.
func TestExplainError(t *testing.T) {
	s := New(source.New(t.Context(), source.Config{Redact: redact.New([]byte("k"), redact.Config{})}), nil)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	unknown, notFound := errors.New("no such operation"), errors.New("not in the document")
	busy := fmt.Errorf("explain: %w", &source.NotReady{Read: 5})
	for _, tt := range []struct {
		name          string
		ctx           context.Context
		err, notFound error
		want          error // nil: one that names the argument
	}{
		{"still learning", t.Context(), busy, nil, busy}, {"still learning what the document lacks", t.Context(), busy, notFound, busy},
		{"the call ends", ended, context.Canceled, notFound, context.Canceled},
		{"not in the document", t.Context(), unknown, notFound, notFound}, {"nowhere", t.Context(), unknown, nil, nil},
	} {
		err := s.explainError(tt.ctx, tt.err, tt.notFound)
		var e *tool.Error
		if tt.want != nil && err != tt.want || tt.want == nil && (!errors.As(err, &e) || e.Code != tool.CodeUnknownOperation || e.Argument != "operation" || e.Message != "no such operation") {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// TestDefectOfComparison answers with an error if the comparison panics, and compares again when it
// is called again.
func TestDefectOfComparison(t *testing.T) {
	s := New(source.New(t.Context(), source.Config{}), nil)
	inferred := &openapi3.T{OpenAPI: "3.1.0", Info: &openapi3.Info{Title: "t", Version: "1"}, Paths: openapi3.NewPaths()}
	loads := 0
	g := given{load: func() (*openapi3.T, error) { loads++; panic("a defect") }}
	for i := range 2 {
		if _, ended, err := s.compare(t.Context(), g, inferred); !ended || err == nil || !strings.Contains(err.Error(), "panic: a defect") || loads != i+1 {
			t.Errorf("call %d: %v, %v after %d readings", i+1, ended, err, loads)
		}
	}
}

// TestSummarize counts kinds of mismatches, the most frequent first, and names some flows of each.
func TestSummarize(t *testing.T) {
	m := func(seq flow.Seq, path, message string) check.Mismatch {
		return check.Mismatch{Flow: seq, Method: "GET", Path: path, Rule: "rule of " + message, Where: "body", Message: message}
	}
	flows := []checkedFlow{
		{outside: true}, {unchecked: 2, tooMuch: true}, {mismatches: []check.Mismatch{m(3, "/b", "x"), m(3, "/a", "y")}}, {mismatches: []check.Mismatch{m(4, "/a", "x")}, unchecked: 1},
	}
	for i := range flow.Seq(20) {
		flows = append(flows, checkedFlow{mismatches: []check.Mismatch{m(i+10, "/c", "z")}})
	}
	r := summarize(flows)
	if got := fmt.Sprint(r.Outside, r.Checked, r.Unchecked, r.TooMuch, r.Broken, r.Kinds, r.Truncated); got != "1 23 3 1 22 4 false" {
		t.Errorf("counted %s", got)
	}
	if got := fmt.Sprint(r.Rules); got != "[{rule of x 2} {rule of y 1} {rule of z 1}]" {
		t.Errorf("rules %s", got)
	}
	var got []string
	for _, x := range r.Mismatches {
		got = append(got, fmt.Sprint(x.Path, " ", x.Message, " ", x.Count, " ", len(x.Flows), " ", x.Flows[0]))
	}
	if s := strings.Join(got, ", "); s != fmt.Sprintf("/c z 20 %d 10, /a x 1 1 4, /a y 1 1 3, /b x 1 1 3", maxFlows) {
		t.Errorf("mismatches %s", s)
	}
	for i := range maxMismatches {
		flows = append(flows, checkedFlow{mismatches: []check.Mismatch{m(1, "/d", fmt.Sprint(i))}})
	}
	if r = summarize(flows); !r.Truncated || r.Kinds != maxMismatches {
		t.Errorf("%d kinds, truncated %t", r.Kinds, r.Truncated)
	}
}
