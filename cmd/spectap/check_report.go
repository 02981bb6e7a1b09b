package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/openapi/report"
)

// checkReport is the result of check.
type checkReport struct {
	Flows   int `json:"flows"`
	Checked int `json:"checked"`
	Broken  int `json:"broken"` // checked flows that break a rule
	// TooMuch counts the other checked flows that exceed the budget of a check. It is unknown
	// whether they fit.
	TooMuch int `json:"too_much"`
	// NoOperation lists the flows without an operation, if they are all of one store.
	NoOperation []flow.Seq `json:"without_operation"`
	// LeftOut counts flows that are not API calls, by the reasons of package infer.
	LeftOut map[string]int `json:"left_out"`
	// Skipped counts what was not checked of flows, by reason.
	Skipped    map[string]int  `json:"not_judged"`
	Mismatches []foundMismatch `json:"mismatches"`
	// Stores has the stores, if there are several. The last is the one that is read.
	Stores []checkedStore `json:"stores,omitempty"`
}

// foundMismatch is a mismatch of a flow of a store.
type foundMismatch struct {
	DB string `json:"db,omitempty"` // if there are several
	check.Mismatch
}

// checkedStore is one of several stores.
type checkedStore struct {
	DB          string     `json:"db"`
	Flows       int        `json:"flows"`
	NoOperation []flow.Seq `json:"without_operation"`
}

func newCheckReport() *checkReport {
	return &checkReport{Skipped: map[string]int{}, LeftOut: map[string]int{}, Mismatches: []foundMismatch{}}
}

// begin says of which of several stores the next flows are.
func (r *checkReport) begin(db string) {
	if db != "" {
		r.Stores = append(r.Stores, checkedStore{DB: db, NoOperation: []flow.Seq{}})
	}
}

func (r *checkReport) add(ctx context.Context, c *check.Checker, f *flow.Flow) {
	db, without := "", &r.NoOperation
	if n := len(r.Stores); n > 0 {
		last := &r.Stores[n-1]
		last.Flows++
		db, without = last.DB, &last.NoOperation
	}
	r.Flows++
	if reason := infer.Noise(f); reason != "" {
		r.LeftOut[reason]++
		return
	}
	res := c.Check(ctx, f)
	if res.Operation == nil {
		*without = append(*without, f.Seq)
		return
	}
	r.Checked++
	switch {
	case len(res.Mismatches) > 0:
		r.Broken++
	case slices.ContainsFunc(res.Skipped, func(s string) bool { return strings.HasSuffix(s, check.SkipTooMuch) }):
		r.TooMuch++
	}
	for _, s := range res.Skipped {
		r.Skipped[s]++
	}
	for _, m := range res.Mismatches {
		r.Mismatches = append(r.Mismatches, foundMismatch{db, m})
	}
}

func (r *checkReport) print(p *program, spec, format string) error {
	if format == "json" {
		if r.NoOperation == nil {
			r.NoOperation = []flow.Seq{}
		}
		return p.printIndentedJSON(r)
	}
	noOperation := len(r.NoOperation)
	for _, s := range r.Stores {
		noOperation += len(s.NoOperation)
	}
	summary := r.summary(noOperation)
	if format != "text" {
		return p.writeReport(r.report(spec, summary), spec, format)
	}
	if err := r.printFindings(p.newRows()); err != nil {
		return err
	}
	if err := p.say("%s", summary); err != nil || len(r.Skipped) == 0 {
		return err
	}
	return p.say("not checked: %s", skippedText(r.Skipped))
}

// summary is one line about all flows, of which some have no operation.
func (r *checkReport) summary(noOperation int) string {
	tooMuch := ""
	if r.TooMuch > 0 {
		tooMuch = fmt.Sprintf(", %d too much to check", r.TooMuch)
	}
	which := ""
	if len(r.NoOperation) > 0 {
		which = " (" + numbers(r.NoOperation) + ")"
	}
	return fmt.Sprintf("%s: %d fit, %d break a rule%s, %d without an operation%s%s", plural(r.Flows, "flow"),
		r.Checked-r.Broken-r.TooMuch, r.Broken, tooMuch, noOperation, which, counts(", %d left out as %s", r.LeftOut))
}

// skippedText says what was not checked of flows: "2 requests that the server refused, 1 response
// body: truncated".
func skippedText(skipped map[string]int) string {
	var texts []string
	for _, key := range slices.Sorted(maps.Keys(skipped)) {
		n := skipped[key]
		side, reason, ok := strings.Cut(key, ": ")
		switch {
		case !ok:
			texts = append(texts, fmt.Sprintf("%d %s", n, key))
		case reason == check.SkipRefused:
			texts = append(texts, plural(n, side)+" that the server refused")
		default:
			texts = append(texts, plural(n, side)+": "+strings.TrimPrefix(reason, "body "))
		}
	}
	return strings.Join(texts, ", ")
}

// counts formats each count and its key, sorted by key.
func counts(format string, m map[string]int) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(&b, format, m[k], k)
	}
	return b.String()
}

// finding is a mismatch that several flows may have.
type finding struct{ operation, rule, where, message string }

// place is a flow of one of several stores, or of the only one.
type place struct {
	db   string
	flow flow.Seq
}

// findings returns each finding once, sorted by operation, with the flows that have it.
func (r *checkReport) findings() (sorted []finding, flows map[finding][]place) {
	flows = map[finding][]place{}
	for _, m := range r.Mismatches {
		k := finding{m.Method + " " + m.Path, m.Rule, m.Where, m.Message}
		at := place{m.DB, m.Flow}
		if s := flows[k]; len(s) == 0 || s[len(s)-1] != at {
			flows[k] = append(s, at)
		}
	}
	return slices.SortedFunc(maps.Keys(flows), func(a, b finding) int {
		return cmp.Or(strings.Compare(a.operation, b.operation), strings.Compare(a.rule, b.rule),
			strings.Compare(a.where, b.where), strings.Compare(a.message, b.message))
	}), flows
}

// report is the report for CI services. All findings are errors: traffic contradicts the document.
func (r *checkReport) report(spec, summary string) *report.Report {
	out := &report.Report{Title: "Traffic against " + spec, Summary: summary}
	sorted, flows := r.findings()
	for _, k := range sorted {
		out.Findings = append(out.Findings, report.Finding{
			Rule: k.rule, Level: report.Error, Operation: k.operation, Where: k.where,
			Message: k.message + " (" + places(flows[k]) + ")",
		})
	}
	return out
}

// printFindings prints each finding once, under its operation, with the flows that have it.
func (r *checkReport) printFindings(list *rows) error {
	sorted, flows := r.findings()
	var b strings.Builder
	last := ""
	for _, k := range sorted {
		if k.operation != last {
			fmt.Fprintln(&b, visible.Line(k.operation))
			last = k.operation
		}
		what := visible.Line(fmt.Sprintf("%s  %s: %s", k.rule, k.where, k.message))
		fmt.Fprintf(&b, "  %s (%s)\n", what, places(flows[k]))
	}
	return list.lines(b.String())
}

// places lists flows, such as "flows 1, 2", or "flow 1 of a.db; flows 1, 2 of b.db".
func places(of []place) string {
	var texts []string
	for len(of) > 0 {
		db, seqs := of[0].db, []flow.Seq(nil)
		for len(of) > 0 && of[0].db == db {
			seqs, of = append(seqs, of[0].flow), of[1:]
		}
		text := numbers(seqs)
		if db != "" {
			text += " of " + db
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, "; ")
}

// maxNumbers bounds the flow numbers in one line.
const maxNumbers = 8

// numbers lists flow numbers, such as "flows 1, 2".
func numbers(s []flow.Seq) string {
	var texts []string
	for i, n := range s {
		if i == maxNumbers {
			texts = append(texts, fmt.Sprintf("and %d more", len(s)-i))
			break
		}
		texts = append(texts, fmt.Sprint(n))
	}
	if len(s) == 1 {
		return "flow " + texts[0]
	}
	return "flows " + strings.Join(texts, ", ")
}
