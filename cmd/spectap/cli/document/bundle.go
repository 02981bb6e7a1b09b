package document

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/filter"
)

// NewBundleCmd returns the command bundle.
func NewBundleCmd(p *cli.Program) *cobra.Command {
	var format, out string
	cmd := &cobra.Command{
		Use:   "bundle SPEC",
		Short: "Join a document of several files into one file",
		Long: `Prints an OpenAPI document together with the files that its references lead to. Each becomes a
component under the name that it has, or that of its file; equal ones become one. The meaning stays,
and so do order and comments. References are followed below the folder of the document, and where
--refs-from says. All commands that read a document follow them in the same way.

The format is that of the document, unless --format or the file extension of -o names another.`,
		Example: `  spectap bundle openapi/openapi.yaml -o api.yaml
  spectap bundle openapi.yaml --format json | jq '.components.schemas | keys'
  spectap bundle v2/openapi.yaml --refs-from common --refs-from https://example.com/schemas/`,
		Args: cli.Exactly(1, "one document"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var as openapi.Format
			var err error
			if ext := filepath.Ext(out); format != "" || ext != "" {
				if as, err = cli.FormatFor(format, out); err != nil {
					return cli.Usagef(cmd, "%w", err)
				}
			}
			if err := p.CheckOut("document", out); err != nil {
				return err
			}
			return bundleSpec(cmd.Context(), p, args[0], out, as)
		},
	}
	cmd.Flags().StringVar(&format, "format", "", "yaml or json")
	p.AddRefs(cmd)
	p.AddOut(cmd, &out, "write to this `file` (default: stdout)")
	return cmd
}

func bundleSpec(ctx context.Context, p *cli.Program, spec, out string, as openapi.Format) error {
	p.DocumentOut = out
	r, doc, err := Load(ctx, p, spec, as)
	if err != nil {
		return err
	}
	if err := p.WriteOut(ctx, "document", out, r.Text); err != nil || strings.Trim(out, "-") == "" {
		return err
	}
	_, operations := filter.Tags(doc)
	return p.Say("%s: %s from %s", out, cli.Plural(operations, "operation"), cli.Plural(r.Files+1, "file"))
}
