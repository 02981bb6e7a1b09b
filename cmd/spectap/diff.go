package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/diff"
	"github.com/spectap/spectap/openapi/report"
)

const diffExample = `  spectap diff old.yaml new.yaml
  spectap diff --breaking old.yaml new.yaml          # only changes that break clients
  spectap diff --format github old.yaml new.yaml     # annotations in a pull request
  spectap export | spectap diff --shown api.yaml -   # what traffic shows and the document lacks`

func newDiffCmd(p *program) *cobra.Command {
	var breaking, shown bool
	var out findingFlags
	cmd := &cobra.Command{
		Use:   "diff A B",
		Short: "List the changes between two documents, breaking changes first",
		Long: `Lists the changes from document A to B that concern clients of the API. Documents are files or -
for stdin, in JSON or YAML, of version 2.0, 3.0 or 3.1. The exit status is 3 if a change breaks
clients; --fail-on any makes it 3 for any change, --fail-on never 0.

If B was inferred from traffic, most of what differs is what the traffic did not show. --shown
lists only what the traffic shows and A does not have. spectap check says which traffic breaks A,
and spectap coverage what of A it did not reach.`,
		Example: diffExample,
		Args:    exactly(2, "two documents"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := out.check(cmd); err != nil {
				return err
			}
			a, err := p.loadSpec(args[0])
			if err != nil {
				return err
			}
			b, err := p.loadSpec(args[1])
			if err != nil {
				return err
			}
			changes, err := diff.Documents(a, b)
			if errors.Is(err, diff.ErrTooMuch) {
				return err
			}
			if err != nil {
				return &hint{err, "spectap validate " + args[0] + "; spectap validate " + args[1]}
			}
			if shown {
				changes = slices.DeleteFunc(changes, func(c diff.Change) bool { return c.KindOf() != diff.Undocumented })
			}
			if err := p.printChanges(changes, args, out.format, breaking); err != nil {
				return err
			}
			if out.failOn == "any" && len(changes) > 0 ||
				out.failOn == "breaking" && len(changes) > 0 && changes[0].Level == diff.Breaking {
				return exitStatus(exitFound)
			}
			return nil
		},
	}
	out.register(cmd, "exit with 3 if there is such a `change`: breaking, any, never", "breaking", "any", "never")
	f := cmd.Flags()
	f.BoolVar(&breaking, "breaking", false, "print only breaking changes")
	f.BoolVar(&shown, "shown", false, "B was inferred from traffic: list only what the traffic shows and A does not have")
	return cmd
}

// loadSpec loads a document from a file, or from stdin if name is "-".
func (p *program) loadSpec(name string) (*openapi3.T, error) {
	data, err := p.readSpec(name)
	if err != nil {
		return nil, err
	}
	doc, err := openapi.Load(data)
	if err != nil {
		return nil, &hint{fmt.Errorf("read %s: %w", name, err), "spectap validate " + name}
	}
	return doc, nil
}

func (p *program) printChanges(changes []diff.Change, files []string, format string, breaking bool) error {
	count := map[diff.Level]int{}
	selected := []diff.Change{}
	for _, c := range changes {
		count[c.Level]++
		if !breaking || c.Level == diff.Breaking {
			selected = append(selected, c)
		}
	}
	summary := fmt.Sprintf("%d breaking, %d that could break, %s", count[diff.Breaking], count[diff.Warning], plural(count[diff.Info], "other"))
	switch format {
	case "text":
	case "json":
		return p.printIndentedJSON(map[string]any{
			"changes":  selected,
			"breaking": count[diff.Breaking], "warning": count[diff.Warning], "info": count[diff.Info],
		})
	default:
		return p.writeReport(changeReport(selected, files, summary), files[1], format)
	}
	var b strings.Builder
	list, last := &rows{&b, p.columns()}, ""
	for _, c := range selected {
		if where := strings.TrimSpace(string(c.Level) + "  " + c.Method + " " + c.Path); where != last {
			list.text(where)
			last = where
		}
		list.text("    " + c.Text + " [" + c.ID + "]")
	}
	if _, err := io.WriteString(p.stdout, b.String()); err != nil {
		return err
	}
	return p.say("%s", summary)
}

// changeReport is the report about changes. It is about the new document, where a reader can act.
func changeReport(changes []diff.Change, files []string, summary string) *report.Report {
	r := &report.Report{Title: "API changes from " + files[0] + " to " + files[1], Summary: summary}
	levels := map[diff.Level]report.Level{diff.Breaking: report.Error, diff.Warning: report.Warning, diff.Info: report.Note}
	for _, c := range changes {
		r.Findings = append(r.Findings, report.Finding{
			Rule: c.ID, Level: levels[c.Level], Message: c.Text, Operation: strings.TrimSpace(c.Method + " " + c.Path),
		})
	}
	return r
}
