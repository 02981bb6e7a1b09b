package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/store"
)

const checkExample = `  spectap check api.yaml                             # captured flows against a document
  spectap check vendor.json --host staging.example.com
  spectap check api.yaml --json | jq '.mismatches[].rule'`

func newCheckCmd(p *program) *cobra.Command {
	var host string
	var out findingFlags
	cmd := &cobra.Command{
		Use:   "check SPEC",
		Short: "List which captured flows break which rule of a document",
		Long: `Validates captured flows against an OpenAPI document: route, parameters, status, media types,
headers and bodies. The document is a file or - for stdin, in JSON or YAML, of version 2.0, 3.0
or 3.1. The output has flow numbers and locations, never values. The exit status is 3 if a flow
breaks a rule or is too much to check. Requests that the server rejected, truncated bodies, and flows without an
operation are counted.`,
		Example: checkExample,
		Args:    exactly(1, "one document"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := out.check(cmd); err != nil {
				return err
			}
			doc, err := p.loadSpec(args[0])
			if err != nil {
				return err
			}
			checker, err := check.New(doc, check.Config{AnyHost: host != ""})
			if err != nil {
				return fmt.Errorf("read %s: %w", args[0], err)
			}
			st, err := p.open(store.Options{ReadOnly: true})
			if err != nil {
				return err
			}
			defer st.Close()
			r := checkReport{Skipped: map[string]int{}, LeftOut: map[string]int{}, Mismatches: []check.Mismatch{}}
			hosts := map[string]bool{}
			for f, err := range st.Scan(cmd.Context(), store.Query{Authority: strings.ToLower(host)}) {
				if err != nil {
					return fmt.Errorf("read flows: %w", err)
				}
				hosts[f.Request.Authority] = true
				r.add(cmd.Context(), checker, &f)
				if err := cmd.Context().Err(); err != nil {
					return fmt.Errorf("check flows: %w", err)
				}
			}
			if r.Checked == 0 {
				return nothingChecked(args[0], host, slices.Sorted(maps.Keys(hosts)))
			}
			if err := r.print(p, args[0], out.format); err != nil {
				return err
			}
			if out.failOn == "any" && (len(r.Mismatches) > 0 || r.TooMuch > 0) {
				return exitStatus(exitFound)
			}
			return nil
		},
	}
	p.addSessionFlag(cmd)
	f := cmd.Flags()
	f.StringVar(&host, "host", "", "check the flows of this `host`, regardless of the servers of the document")
	out.register(cmd, "exit with 3 if there is such a `finding`: any, never", "any", "never")
	return cmd
}

// nothingChecked returns the error for a run in which no flow had an operation.
func nothingChecked(spec, host string, hosts []string) error {
	switch {
	case host != "" && len(hosts) == 0:
		return &hint{fmt.Errorf("no flow of host %s", host), "spectap flows ls"}
	case len(hosts) == 0:
		return catalog.ErrNoFlows
	case host != "":
		return &hint{fmt.Errorf("no flow of %s has an operation in %s", host, spec), "spectap export --host " + host}
	}
	return &hint{fmt.Errorf("no flow has an operation in %s", spec), "spectap check " + spec + " --host " + hosts[0]}
}
