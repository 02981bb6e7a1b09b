package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/diff"
)

const diffExample = `  spectap diff old.yaml new.yaml
  spectap diff --breaking old.yaml new.yaml          # only changes that break clients
  spectap export | spectap diff api.yaml -           # differences between a document and the traffic`

func newDiffCmd(p *program) *cobra.Command {
	var asJSON, breaking bool
	cmd := &cobra.Command{
		Use:   "diff A B",
		Short: "List the changes between two documents, breaking changes first",
		Long: `Lists the changes from document A to B that concern clients of the API. Documents are files or -
for stdin, in JSON or YAML, of version 2.0, 3.0 or 3.1. The exit status is 3 if a change breaks
clients.`,
		Example: diffExample,
		Args:    exactly(2, "two documents"),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := p.loadSpec(args[0])
			if err != nil {
				return err
			}
			b, err := p.loadSpec(args[1])
			if err != nil {
				return err
			}
			changes, err := diff.Documents(a, b)
			if err != nil {
				return &hint{err, "spectap validate " + args[0] + "; spectap validate " + args[1]}
			}
			if err := p.printChanges(changes, asJSON, breaking); err != nil {
				return err
			}
			if len(changes) > 0 && changes[0].Level == diff.Breaking {
				return exitStatus(exitFound)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.BoolVar(&asJSON, "json", false, "print one JSON object")
	f.BoolVar(&breaking, "breaking", false, "print only breaking changes")
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

func (p *program) printChanges(changes []diff.Change, asJSON, breaking bool) error {
	count := map[diff.Level]int{}
	selected := []diff.Change{}
	for _, c := range changes {
		count[c.Level]++
		if !breaking || c.Level == diff.Breaking {
			selected = append(selected, c)
		}
	}
	if asJSON {
		return p.printIndentedJSON(map[string]any{
			"changes":  selected,
			"breaking": count[diff.Breaking], "warning": count[diff.Warning], "info": count[diff.Info],
		})
	}
	var b strings.Builder
	last := ""
	for _, c := range selected {
		if where := strings.TrimSpace(string(c.Level) + "  " + c.Method + " " + c.Path); where != last {
			fmt.Fprintln(&b, visible.Line(where))
			last = where
		}
		fmt.Fprintf(&b, "    %s [%s]\n", visible.Line(c.Text), c.ID)
	}
	if _, err := io.WriteString(p.stdout, b.String()); err != nil {
		return err
	}
	_, err := fmt.Fprintf(p.stderr, "%d breaking, %d that could break, %d others\n",
		count[diff.Breaking], count[diff.Warning], count[diff.Info])
	return err
}
