package document

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/openapi/report"
	"github.com/spectap/spectap/store"
)

const checkExample = `  spectap check api.yaml                             # captured flows against a document
  spectap check vendor.json --host staging.example.com
  spectap check vendor.json --base-url https://staging.example.com/v2
  spectap check api.yaml --db 1.db --db 2.db         # the stores of two jobs
  spectap check api.yaml --json | jq '.mismatches[].rule'`

// checking is one run of check.
type checking struct {
	p    *cli.Program
	spec string
	base baseFlags
	out  flagset.FindingFlags
}

// NewCheckCmd returns the command check.
func NewCheckCmd(p *cli.Program) *cobra.Command {
	c := checking{p: p}
	cmd := &cobra.Command{
		Use:   "check SPEC",
		Short: "List which captured flows break which rule of a document",
		Long: `Validates captured flows against an OpenAPI document, which shows drift between the two: route,
credentials, parameters, status, media types, headers and bodies. The document is a file, a URL, a
file of a git revision such as main:api.yaml, or - for stdin, in JSON or YAML, of version 2.0 to
3.2. The output has flow numbers and locations, never values. The exit status is 3 if a flow breaks
a rule or is too much to check. Requests that the server rejected, truncated bodies, and flows
without an operation are counted.`,
		Example: checkExample,
		Args:    cli.Exactly(1, "one document"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.out.Check(cmd); err != nil {
				return err
			}
			c.spec = args[0]
			return c.run(cmd.Context())
		},
	}
	p.AddSessionFlag(cmd)
	cli.ReadsSeveralDBs(cmd)
	c.base.register(cmd, "check")
	p.AddRefs(cmd)
	c.out.Register(cmd, "exit with 3 if there is such a `finding`: any, never", "any", "never")
	return cmd
}

func (c *checking) run(ctx context.Context) error {
	doc, anyHost, err := c.base.load(ctx, c.p, c.spec)
	if err != nil {
		return err
	}
	checker, err := check.New(doc, check.Config{AnyHost: anyHost})
	if err != nil {
		return fmt.Errorf("read %s: %w", c.spec, err)
	}
	r := newCheckReport()
	hosts := map[string]bool{}
	err = c.p.EachStore(func(name string, st control.Store) error {
		r.begin(name)
		flows, end := c.p.Shown(st.Reader(), "checking")
		defer end()
		for f, err := range flows.Scan(ctx, store.Query{Authority: strings.ToLower(c.base.host)}) {
			if err != nil {
				return fmt.Errorf("read flows: %w", err)
			}
			hosts[f.Request.Authority] = true
			r.add(ctx, checker, &f)
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("check flows: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if r.Checked == 0 {
		return nothingChecked(c.spec, c.base.host, slices.Sorted(maps.Keys(hosts)))
	}
	if err := r.print(c.p, c.spec, c.out.Format); err != nil {
		return err
	}
	if c.out.FailOn == "any" && r.Broken+r.TooMuch > 0 {
		return cli.ExitStatus(cli.ExitFound)
	}
	return nil
}

// nothingChecked returns the error for a run in which no flow had an operation.
func nothingChecked(spec, host string, hosts []string) error {
	switch {
	case host != "":
		return cli.WithHint(fmt.Errorf("no flow of %s has an operation in %s", host, spec), "spectap flows ls")
	case len(hosts) == 0:
		return catalog.ErrNoFlows
	}
	return cli.WithHint(fmt.Errorf("no flow has an operation in %s", spec),
		"spectap check "+cli.QuoteArg(spec)+" --host "+hosts[0]+"   # whatever the servers of the document are")
}

// checkReport is the result of check.
type checkReport struct {
	Flows   int `json:"flows"`
	Checked int `json:"checked"`
	Broken  int `json:"broken"` // checked flows that break a rule
	// TooMuch counts the other checked flows that exceed the budget of a check. It is unknown
	// whether they break a rule.
	TooMuch int `json:"too_much"`
	// NoOperation lists the flows without an operation, if they are all of one store.
	NoOperation []flow.Seq `json:"without_operation"`
	// LeftOut counts flows that are not API calls, by reason (see package infer).
	LeftOut map[string]int `json:"left_out"`
	// Skipped counts the parts of flows that were not checked, by reason.
	Skipped    map[string]int  `json:"not_judged"`
	Mismatches []foundMismatch `json:"mismatches"`
	// Stores lists the stores, if there are several. The last one is being read.
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

// begin sets the store that the next flows come from.
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
	if reason := infer.Noise(f, c.AllMethods()); reason != "" {
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

func (r *checkReport) print(p *cli.Program, spec, format string) error {
	if format == "json" {
		if r.NoOperation == nil {
			r.NoOperation = []flow.Seq{}
		}
		return p.PrintIndentedJSON(r)
	}
	noOperation := len(r.NoOperation)
	for _, s := range r.Stores {
		noOperation += len(s.NoOperation)
	}
	summary := r.summary(noOperation)
	if format != "text" {
		return flagset.WriteReport(p, r.report(spec, summary), spec, format)
	}
	if err := r.printFindings(p.NewRows()); err != nil {
		return err
	}
	if err := p.Say("%s", summary); err != nil || len(r.Skipped) == 0 {
		return err
	}
	return p.Say("not checked: %s", skippedText(r.Skipped))
}

// summary returns one line about all flows, including those without an operation.
func (r *checkReport) summary(noOperation int) string {
	tooMuch := ""
	if r.TooMuch > 0 {
		tooMuch = fmt.Sprintf(", %d too much to check", r.TooMuch)
	}
	which := ""
	if len(r.NoOperation) > 0 {
		which = " (" + numbers(r.NoOperation) + ")"
	}
	return fmt.Sprintf("%s: %d fit, %d break a rule%s, %d without an operation%s%s", cli.Plural(r.Flows, "flow"),
		r.Checked-r.Broken-r.TooMuch, r.Broken, tooMuch, noOperation, which, counts(", %d left out as %s", r.LeftOut))
}

// skippedText describes the parts of flows that were not checked: "2 requests that the server
// refused, 1 response body: truncated".
func skippedText(skipped map[string]int) string {
	var texts []string
	for _, key := range slices.Sorted(maps.Keys(skipped)) {
		side, reason, ok := strings.Cut(key, ": ")
		switch {
		case reason == check.SkipRefused:
			reason = " that the server refused"
		case ok:
			reason = ": " + strings.TrimPrefix(reason, "body ")
		}
		texts = append(texts, cli.Plural(skipped[key], side)+reason)
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

// finding is a mismatch or another difference. Several flows may have the same finding.
type finding struct{ operation, rule, where, message string }

// place is a flow of one of several stores, or of the only one.
type place struct {
	db   string
	flow flow.Seq
}

// foundAt are the flows that have a finding.
type foundAt map[finding][]place

// add adds a flow unless it is already there.
func (all foundAt) add(k finding, db string, n flow.Seq) {
	if s, at := all[k], (place{db, n}); len(s) == 0 || s[len(s)-1] != at {
		all[k] = append(s, at)
	}
}

// sorted returns the findings by operation.
func (all foundAt) sorted() []finding {
	return slices.SortedFunc(maps.Keys(all), func(a, b finding) int {
		return cmp.Or(strings.Compare(a.operation, b.operation), strings.Compare(a.rule, b.rule),
			strings.Compare(a.where, b.where), strings.Compare(a.message, b.message))
	})
}

// findings groups flows by finding.
func (r *checkReport) findings() foundAt {
	flows := foundAt{}
	for i := range r.Mismatches {
		m := &r.Mismatches[i]
		flows.add(finding{m.Method + " " + m.Path, m.Rule, m.Where, m.Message}, m.DB, m.Flow)
	}
	return flows
}

// report returns the report for CI services. All findings are errors: traffic contradicts the
// document.
func (r *checkReport) report(spec, summary string) *report.Report {
	out := &report.Report{Title: "Traffic against " + spec, Summary: summary}
	flows := r.findings()
	for _, k := range flows.sorted() {
		out.Findings = append(out.Findings, report.Finding{
			Rule: k.rule, Level: report.Error, Operation: k.operation, Where: k.where,
			Message: k.message + " (" + places(flows[k]) + ")",
		})
	}
	return out
}

// printFindings prints each finding once, under its operation, with the flows that have it.
func (r *checkReport) printFindings(list *cli.Rows) error {
	flows := r.findings()
	var b strings.Builder
	last := ""
	for _, k := range flows.sorted() {
		if k.operation != last {
			fmt.Fprintln(&b, visible.Line(k.operation))
			last = k.operation
		}
		what := visible.Line(fmt.Sprintf("%s  %s: %s", k.rule, k.where, k.message))
		fmt.Fprintf(&b, "  %s (%s)\n", what, places(flows[k]))
	}
	return list.Lines(b.String())
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
