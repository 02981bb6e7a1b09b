package main

import (
	"bytes"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/openapi/check"
)

// TestCheckReport checks the text of a report: findings are sorted, equal ones are joined, and long
// lists of flows are cut.
func TestCheckReport(t *testing.T) {
	finding := func(n flow.Seq, path, rule, where string) foundMismatch {
		return foundMismatch{Mismatch: check.Mismatch{Flow: n, Method: "GET", Path: path, Rule: rule, Where: where, Message: "is wrong"}}
	}
	r := checkReport{
		Flows: 20, Checked: 15, Broken: 11, NoOperation: []flow.Seq{3}, LeftOut: map[string]int{"static": 3, "page": 1},
		Skipped: map[string]int{"too large": 2, "request: request refused": 2, "response body: body truncated": 1},
		Mismatches: []foundMismatch{
			finding(9, "/b", "type", "body"), finding(1, "/a", "type", "body"), finding(1, "/a", "type", "body"), finding(2, "/a", "type", "body"),
			finding(5, "/a", "enum", "query q"), finding(5, "/a", "enum", "query p"),
		},
	}
	for n := flow.Seq(10); n < 19; n++ {
		r.Mismatches = append(r.Mismatches, finding(n, "/c", "type", "body"))
	}
	for n := flow.Seq(10); n < 18; n++ {
		r.Mismatches = append(r.Mismatches, finding(n, "/d", "type", "body"))
	}
	var out, errs bytes.Buffer
	if err := r.print(newProgram(nil, &out, &errs), "api.yaml", "text"); err != nil {
		t.Fatal(err)
	}
	const want = `GET /a
  enum  query p: is wrong (flow 5)
  enum  query q: is wrong (flow 5)
  type  body: is wrong (flows 1, 2)
GET /b
  type  body: is wrong (flow 9)
GET /c
  type  body: is wrong (flows 10, 11, 12, 13, 14, 15, 16, 17, and 1 more)
GET /d
  type  body: is wrong (flows 10, 11, 12, 13, 14, 15, 16, 17)
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &out, want)
	}
	const summary = "20 flows: 4 fit, 11 break a rule, 1 without an operation (flow 3), 1 left out as page, 3 left out as static\n" +
		"not checked: 2 requests that the server refused, 1 response body: truncated, 2 too large\n"
	if errs.String() != summary {
		t.Errorf("got  %q\nwant %q", &errs, summary)
	}
	r.Skipped = nil
	errs.Reset()
	if err := r.print(newProgram(nil, &out, &errs), "api.yaml", "text"); err != nil || bytes.Contains(errs.Bytes(), []byte("not checked")) {
		t.Errorf("got %q, %v", &errs, err)
	}
}
