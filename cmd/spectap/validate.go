package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/openapi/lint"
)

func newValidateCmd(p *program) *cobra.Command {
	var format string
	var h lintHTTPFlags
	cmd := &cobra.Command{
		Use:   "validate SPEC",
		Short: "Report errors of an OpenAPI document",
		Long: `Reports what makes an OpenAPI document invalid or unusable, with line and column. The document
is a file or - for stdin, in JSON or YAML, of version 2.0, 3.0 or 3.1. The exit status is 3 if
there is a finding. The findings are the errors of spectap lint.`,
		Example: `  spectap validate api.yaml
  spectap validate --format sarif api.yaml >errors.sarif
  spectap validate --http 127.0.0.1:8085     # POST /validate, /lint`,
		Args: h.args,
		RunE: func(cmd *cobra.Command, args []string) error {
			c := lint.Config{ErrorsOnly: true}
			if h.addr != "" {
				return p.serveLint(cmd.Context(), &h, c)
			}
			r, err := p.lint(cmd.Context(), args[0], c)
			if err != nil {
				return err
			}
			if err := p.printReport(cmd, r, args[0], format); err != nil {
				return err
			}
			if len(r.Findings) > 0 {
				return exitStatus(exitFound)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&format, "format", "text", "text, json, markdown, junit, sarif or github (annotations)")
	h.register(cmd)
	jsonShort(cmd, &format)
	return cmd
}

// readSpec reads a file, or stdin if name is "-".
func (p *program) readSpec(name string) ([]byte, error) {
	if name == "-" {
		data, err := readAll(p.stdin, "stdin", maxInput)
		if err != nil {
			return nil, fmt.Errorf("read stdin: %w", err)
		}
		return data, nil
	}
	data, err := readFile(name, maxInput)
	if err != nil {
		return nil, fmt.Errorf("read document: %w", err)
	}
	return data, trafficError(name, data)
}
