package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
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
	// NoOperation lists the flows without an operation.
	NoOperation []flow.Seq `json:"without_operation"`
	// LeftOut counts flows that are not API calls, by the reasons of package infer.
	LeftOut map[string]int `json:"left_out"`
	// Skipped counts what was not checked of flows, by reason.
	Skipped    map[string]int   `json:"not_judged"`
	Mismatches []check.Mismatch `json:"mismatches"`
}

func newCheckReport() *checkReport {
	return &checkReport{Skipped: map[string]int{}, LeftOut: map[string]int{}, Mismatches: []check.Mismatch{}}
}

func (r *checkReport) add(ctx context.Context, c *check.Checker, f *flow.Flow) {
	r.Flows++
	if reason := infer.Noise(f); reason != "" {
		r.LeftOut[reason]++
		return
	}
	res := c.Check(ctx, f)
	if res.Operation == nil {
		r.NoOperation = append(r.NoOperation, f.Seq)
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
	r.Mismatches = append(r.Mismatches, res.Mismatches...)
}

func (r *checkReport) print(p *program, spec, format string) error {
	if format == "json" {
		if r.NoOperation == nil {
			r.NoOperation = []flow.Seq{}
		}
		return p.printIndentedJSON(r)
	}
	summary := r.summary(len(r.NoOperation))
	if format != "text" {
		return p.writeReport(r.report(spec, summary), spec, format)
	}
	if err := r.printFindings(p.stdout); err != nil {
		return err
	}
	fmt.Fprintln(p.stderr, summary)
	if len(r.Skipped) > 0 {
		fmt.Fprintf(p.stderr, "not checked:%s\n", strings.TrimPrefix(counts(", %d %s", r.Skipped), ","))
	}
	return nil
}

// summary is one line about all flows, of which some have no operation.
func (r *checkReport) summary(noOperation int) string {
	tooMuch := ""
	if r.TooMuch > 0 {
		tooMuch = fmt.Sprintf(", %d too much to check", r.TooMuch)
	}
	return fmt.Sprintf("%s: %d fit, %d break a rule%s, %d without an operation%s", plural(r.Flows, "flow"),
		r.Checked-r.Broken-r.TooMuch, r.Broken, tooMuch, noOperation, counts(", %d left out as %s", r.LeftOut))
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

// findings returns each finding once, sorted by operation, with the flows that have it.
func (r *checkReport) findings() (sorted []finding, flows map[finding][]flow.Seq) {
	flows = map[finding][]flow.Seq{}
	for _, m := range r.Mismatches {
		k := finding{m.Method + " " + m.Path, m.Rule, m.Where, m.Message}
		if s := flows[k]; len(s) == 0 || s[len(s)-1] != m.Flow {
			flows[k] = append(s, m.Flow)
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
			Message: k.message + " (" + numbers(flows[k]) + ")",
		})
	}
	return out
}

// printFindings prints each finding once, under its operation, with the flows that have it.
func (r *checkReport) printFindings(w io.Writer) error {
	sorted, flows := r.findings()
	var b strings.Builder
	last := ""
	for _, k := range sorted {
		if k.operation != last {
			fmt.Fprintln(&b, visible.Line(k.operation))
			last = k.operation
		}
		what := visible.Line(fmt.Sprintf("%s  %s: %s", k.rule, k.where, k.message))
		fmt.Fprintf(&b, "  %s (%s)\n", what, numbers(flows[k]))
	}
	_, err := io.WriteString(w, b.String())
	return err
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
