package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/openapi/lint"
)

func newValidateCmd(p *program) *cobra.Command {
	var format, addr string
	cmd := &cobra.Command{
		Use:   "validate SPEC",
		Short: "Say whether a document is valid OpenAPI, and what is wrong with it",
		Long: `Validate looks for what makes an OpenAPI document (2.0, 3.0 or 3.1; JSON or YAML; - is stdin) invalid or unusable, with
line and column. The exit status is 3 when something was found. It is lint with the errors alone.`,
		Example: "  spectap validate api.yaml\n  spectap validate --format sarif api.yaml >errors.sarif\n  spectap validate --http 127.0.0.1:8085     # POST /validate, /lint",
		Args:    oneSpecUnless(&addr),
		RunE: func(cmd *cobra.Command, args []string) error {
			c := lint.Config{ErrorsOnly: true}
			if addr != "" {
				return p.serveLint(cmd.Context(), addr, c)
			}
			r, err := p.lint(args[0], c)
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
	f.StringVar(&format, "format", "text", "text, json or sarif")
	f.StringVar(&addr, "http", "", "serve this as a service at `ADDR` instead (host:port; loopback when there is no host)")
	return cmd
}

// readSpec reads a document from a file, or from stdin where it is called "-".
func (p *program) readSpec(name string) ([]byte, error) {
	if name == "-" {
		data, err := io.ReadAll(p.stdin)
		if err != nil {
			return nil, fmt.Errorf("read stdin: %w", err)
		}
		return data, nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read document: %w", err)
	}
	return data, nil
}

// oneSpecUnless wants one document, or none where addr is set: then there is a service to run.
func oneSpecUnless(addr *string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if *addr != "" {
			return exactly(0, "no document with --http")(cmd, args)
		}
		return exactly(1, "one document")(cmd, args)
	}
}
