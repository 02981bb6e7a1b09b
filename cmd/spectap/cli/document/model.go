package document

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flows"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/visible"
)

const modelExample = `  spectap model save -o shard1.model             # the facts of the store, without its traffic
  spectap model merge shard*.model -o all.model  # of several captures
  spectap export --db all.model -o api.yaml      # their document
  spectap model show all.model`

// NewModelCmd returns the command model.
func NewModelCmd(p *cli.Program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "model",
		Short: "Save, merge and show what was learned, without the traffic",
		Long: `Facts are what a document is made of: counts, shapes, names and hashes. A file of facts is small,
and files of several captures merge into that of all, in any order. docs/scale.md says what such a file reveals.`,
		Example: modelExample,
	}
	cmd.AddCommand(cli.EndsAtOnce(newModelSaveCmd(p)), cli.EndsAtOnce(newModelMergeCmd(p)), cli.EndsAtOnce(newModelShowCmd(p)))
	return cmd
}

func newModelSaveCmd(p *cli.Program) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:     "save -o FILE",
		Short:   "Write the facts of the capture to a file",
		Example: "  spectap model save --db shop.db -o shop.model",
		Args:    cli.Exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return cli.Usagef(cmd, "-o FILE is required")
			}
			c, done, err := p.OpenCatalog()
			if err != nil {
				return err
			}
			defer done()
			return writeModel(cmd.Context(), p, out, c)
		},
	}
	cli.TakesSeveralDBs(cmd)
	p.AddSessionFlag(cmd)
	p.AddOut(cmd, &out, "write to this `file`")
	return cmd
}

func newModelMergeCmd(p *cli.Program) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:     "merge FILE… -o FILE",
		Short:   "Merge files of facts into one",
		Example: "  spectap model merge shard*.model -o all.model",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 || out == "" {
				return cli.Usagef(cmd, "%s takes files of facts, and -o FILE", cmd.CommandPath())
			}
			p.Overwrite = p.Overwrite || slices.Contains(args, out)
			var parts []catalog.Part
			for _, path := range args {
				f, err := cli.ReadModel(path)
				if err != nil {
					return err
				}
				parts = append(parts, f)
			}
			return writeModel(cmd.Context(), p, out, catalog.NewMerged(catalog.Config{}, parts...))
		},
	}
	p.AddOut(cmd, &out, "write to this `file`, which may be one of those that are read")
	return cmd
}

// writeModel writes the facts of c to a file that only its owner reads.
func writeModel(ctx context.Context, p *cli.Program, path string, c catalog.Part) error {
	f, err := c.Facts(ctx)
	if err != nil {
		return err
	}
	data, err := catalog.EncodeFacts(f)
	if err != nil {
		return err
	}
	if err := p.WriteNamed(ctx, "facts", path, 0o600, data); err != nil {
		return err
	}
	fmt.Fprintf(p.Stderr, "facts of %s, %s, in %s\n", cli.Plural(len(f.Model.Authorities()), "host"), cli.ShortSize(int64(len(data))), path)
	return nil
}

// modelRow describes the facts about a host.
type modelRow struct {
	Host       string `json:"host"`
	Flows      int64  `json:"flows"`
	Operations int    `json:"operations"`
	Unfinished int64  `json:"unfinished,omitempty"` // incomplete flows, from which nothing was learned
}

func newModelShowCmd(p *cli.Program) *cobra.Command {
	return p.AddJSON(&cobra.Command{
		Use:     "show FILE",
		Short:   "List the hosts of a file of facts",
		Example: "  spectap model show all.model",
		Args:    cli.Exactly(1, "a file of facts"),
		RunE: func(_ *cobra.Command, args []string) error {
			f, err := cli.ReadModel(args[0])
			if err != nil {
				return err
			}
			rows := []modelRow{}
			for _, h := range f.Model.Hosts(infer.Options{}) {
				rows = append(rows, modelRow{h.Authority, h.Flows, h.Operations, f.Unfinished[h.Authority]})
			}
			if p.JSON {
				return flows.PrintJSON(p, rows)
			}
			fmt.Fprintln(p.Stdout, "   flows  operations  host")
			for _, r := range rows {
				fmt.Fprintf(p.Stdout, "%8d  %10d  %s\n", r.Flows, r.Operations, visible.Line(r.Host))
			}
			return nil
		},
	}, "print a JSON array")
}
