package document

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/cmd/spectap/cli/flows"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/openapi/report"
)

const coverageExample = `  spectap coverage api.yaml                          # what the captured traffic did not reach
  spectap coverage api.yaml --session last --min 80  # exit 3 if the last run reached less than 80 %
  spectap coverage api.yaml --db 1.db --db 2.db      # what the jobs reached together
  spectap coverage api.yaml tag:smoke --format markdown`

// covering is one run of coverage.
type covering struct {
	p    *cli.Program
	out  flagset.FindingFlags
	sel  flows.Selection
	base baseFlags
	min  int
}

// NewCoverageCmd returns the command coverage.
func NewCoverageCmd(p *cli.Program) *cobra.Command {
	c := &covering{p: p}
	cmd := &cobra.Command{
		Use:   "coverage SPEC [FILTER…]",
		Short: "List the parts of a document that traffic did not reach",
		Long: `Compares an OpenAPI document with captured traffic, such as that of a test suite, and lists what no
request or response reached: operations, parameters, statuses, and values of enums. The parts of an
operation that was not reached are counted, and not listed. With --min the exit status is 3 if the
share of all parts together is lower.

` + flows.FilterHelp,
		Example: coverageExample,
		Args:    cli.AtLeast(1, "a document"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.out.Check(cmd); err != nil {
				return err
			}
			if c.min < 0 || c.min > 100 {
				return cli.Usagef(cmd, "--min %d: must be a percentage", c.min)
			}
			if err := c.sel.Parse(cmd, args[1:]); err != nil {
				return err
			}
			return c.run(cmd.Context(), args[0])
		},
	}
	p.AddSessionFlag(cmd)
	cli.ReadsSeveralDBs(cmd)
	c.out.RegisterFormat(cmd)
	p.AddRefs(cmd)
	c.base.register(cmd, "count")
	cmd.Flags().IntVar(&c.min, "min", 0, "exit with 3 if less than this `percentage` of all parts was reached")
	return cmd
}

func (c *covering) run(ctx context.Context, spec string) error {
	doc, anyHost, err := c.base.load(ctx, c.p, spec)
	if err != nil {
		return err
	}
	cover, err := check.NewCoverage(doc, anyHost)
	if err != nil {
		return fmt.Errorf("read %s: %w", spec, err)
	}
	c.sel.Host = c.base.host
	err = c.p.EachStore(func(_ string, st control.Store) error {
		flows, end := c.p.Shown(st.Reader(), "reading")
		defer end()
		for f, err := range c.sel.Flows(ctx, flows, false) {
			if err != nil {
				return fmt.Errorf("read flows: %w", err)
			}
			cover.Add(&f)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if cover.Flows == 0 {
		c.p.Say("spectap: no flow has an operation in %s, of %s", spec, cli.Plural(cover.Others, "flow"))
		if c.base.host == "" {
			c.p.Say("try: --host HOST, if the flows went to another host than the document's servers")
		}
	}
	if err := c.print(cover, spec); err != nil {
		return err
	}
	if _, all := cover.Totals(); all.Percent() < c.min {
		return cli.ExitStatus(cli.ExitFound)
	}
	return nil
}

func (c *covering) print(cover *check.Coverage, spec string) error {
	each, all := cover.Totals()
	missing := cover.Missing()
	if c.out.Format == "json" {
		return c.p.PrintIndentedJSON(map[string]any{
			"flows": cover.Flows, "flows_without_operation": cover.Others, "percent": all.Percent(),
			"totals": each, "missing": missing,
		})
	}
	var texts []string
	for _, t := range each {
		if t.Parts > 0 {
			texts = append(texts, fmt.Sprintf("%d of %d %s", t.Reached, t.Parts, t.Kind))
		}
	}
	summary := fmt.Sprintf("%d %%: %s; %s", all.Percent(), strings.Join(texts, ", "), cli.Plural(cover.Flows, "flow"))
	if c.out.Format != "text" {
		r := &report.Report{Title: "Coverage of " + spec, Summary: summary}
		for _, m := range missing {
			r.Findings = append(r.Findings, report.Finding{
				Rule: "not-reached-" + string(m.Kind), Level: report.Warning, Message: "not reached",
				Operation: strings.TrimSpace(m.Method + " " + m.Path), Where: m.Name, Schema: m.Schema,
			})
		}
		return flagset.WriteReport(c.p, r, spec, c.out.Format)
	}
	last, list := check.CoverageKind(""), c.p.NewRows()
	for _, m := range missing {
		if m.Kind != last {
			fmt.Fprintf(c.p.Stdout, "%s not reached\n", m.Kind)
			last = m.Kind
		}
		list.Text("  " + strings.TrimSpace(m.Method+" "+m.Path+"  "+m.Name))
	}
	return c.p.Say("%s", summary)
}
