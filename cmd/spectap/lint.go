package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/openapi/lint"
	"github.com/spectap/spectap/openapi/report"
)

const lintExample = `  spectap lint api.yaml
  spectap lint --ignore tag-missing,description-missing --strict api.yaml
  spectap lint --format sarif api.yaml >lint.sarif
  spectap lint --rules                             # list the rules
  spectap lint --http 127.0.0.1:8085               # POST /lint, /validate; GET /health`

func newLintCmd(p *program) *cobra.Command {
	var format string
	var h lintHTTPFlags
	var c lint.Config
	var strict, list bool
	cmd := &cobra.Command{
		Use:   "lint SPEC",
		Short: "Report errors, warnings and hints for an OpenAPI document",
		Long: `Checks an OpenAPI document against a set of rules, and prints findings with line and column. The
document is a file or - for stdin, in JSON or YAML, of version 2.0, 3.0 or 3.1. The exit status
is 3 if there is an error, with --strict also if there is a warning.`,
		Example: lintExample,
		Args: func(cmd *cobra.Command, args []string) error {
			if list {
				return exactly(0, "no document with --rules")(cmd, args)
			}
			return h.args(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case list:
				return p.printRules(cmd, format)
			case h.addr != "":
				return p.serveLint(cmd.Context(), &h, c)
			}
			r, err := p.lint(cmd.Context(), args[0], c)
			if err != nil {
				return err
			}
			if err := p.printReport(cmd, r, args[0], format); err != nil {
				return err
			}
			if r.Count(lint.Error) > 0 || strict && r.Count(lint.Warning) > 0 {
				return exitStatus(exitFound)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&format, "format", "text", "text, json, markdown, junit, sarif or github (annotations)")
	f.StringSliceVar(&c.Ignore, "ignore", nil, "`rules` to ignore")
	f.BoolVar(&strict, "strict", false, "exit with 3 also for warnings")
	f.BoolVar(&list, "rules", false, "list the rules")
	h.register(cmd)
	jsonShort(cmd, &format)
	return cmd
}

func (p *program) printRules(cmd *cobra.Command, format string) error {
	type rule struct {
		ID       string        `json:"id"`
		Severity lint.Severity `json:"severity"`
		Summary  string        `json:"summary"`
	}
	switch format {
	case "text":
	case "json":
		var all []rule
		for _, r := range lint.Rules() {
			all = append(all, rule{r.ID, r.Severity, r.Summary})
		}
		return p.printIndentedJSON(all)
	default:
		return usagef(cmd, "--rules and --format %s exclude each other: it must be text or json", format)
	}
	list := p.newRows()
	for _, r := range lint.Rules() {
		if err := list.text(fmt.Sprintf("%-8s %s: %s", r.Severity, r.ID, r.Summary)); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) lint(ctx context.Context, spec string, c lint.Config) (*lint.Report, error) {
	data, err := p.readSpec(spec)
	if err != nil {
		return nil, err
	}
	r, err := lint.Check(ctx, data, c)
	if err != nil {
		return nil, notDocument(spec, err)
	}
	return r, nil
}

// notDocument is the error for a file that is no OpenAPI document.
func notDocument(spec string, err error) error {
	err = fmt.Errorf("read %s: %w", spec, err)
	if spec == "-" {
		return err
	}
	if try := mistakeLines(spec, err); try != "" {
		return &hint{err, try}
	}
	return &hint{err, "head -c 300 " + quoteArg(spec) + "   # a document has the member openapi: 3.1.0 (or 3.0.x), or swagger: '2.0'"}
}

func (p *program) printReport(cmd *cobra.Command, r *lint.Report, spec, format string) error {
	switch format {
	case "text":
		var b strings.Builder
		if err := errors.Join(r.WriteText(&b, spec), p.newRows().lines(b.String())); err != nil {
			return err
		}
		return p.say("%s: %s", spec, r.Summary())
	case "json":
		return r.WriteJSON(p.jsonOut())
	}
	if !slices.Contains(report.Formats, format) {
		return wrongReportFormat(cmd, format)
	}
	return errors.Join(r.WriteReport(p.reportOut(format), format, reportFile(spec), version()), p.saySummary(r.Summary(), format))
}
