package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/catalog/modelfile"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/visible"
)

const modelExample = `  spectap model save -o shard1.model             # the facts of the store, without its traffic
  spectap model merge shard*.model -o all.model  # of several captures
  spectap export --db all.model -o api.yaml      # their document
  spectap model show all.model`

func newModelCmd(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "model",
		Short: "Save, merge and show what was learned, without the traffic",
		Long: `Facts are what a document is made of: counts, shapes, names and hashes. A file of facts is small,
and files of several captures merge into that of all, in any order. docs/scale.md says what such a file reveals.`,
		Example: modelExample,
	}
	cmd.AddCommand(endsAtOnce(newModelSaveCmd(p)), endsAtOnce(newModelMergeCmd(p)), endsAtOnce(newModelShowCmd(p)))
	return cmd
}

func newModelSaveCmd(p *program) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:     "save -o FILE",
		Short:   "Write the facts of the capture to a file",
		Example: "  spectap model save --db shop.db -o shop.model",
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return usagef(cmd, "-o FILE is required")
			}
			c, done, err := p.openCatalog()
			if err != nil {
				return err
			}
			defer done()
			return p.writeModel(cmd.Context(), out, c)
		},
	}
	takesSeveralDBs(cmd)
	p.addSessionFlag(cmd)
	cmd.Flags().StringVarP(&out, "out", "o", "", "write to this `file`")
	return cmd
}

func newModelMergeCmd(p *program) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:     "merge FILE… -o FILE",
		Short:   "Merge files of facts into one",
		Example: "  spectap model merge shard*.model -o all.model",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 || out == "" {
				return usagef(cmd, "%s takes files of facts, and -o FILE", cmd.CommandPath())
			}
			var parts []catalog.Part
			for _, path := range args {
				f, err := readModel(path)
				if err != nil {
					return err
				}
				parts = append(parts, f)
			}
			return p.writeModel(cmd.Context(), out, catalog.NewMerged(catalog.Config{}, parts...))
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "write to this `file`, which may be one of those that are read")
	return cmd
}

// writeModel writes the facts of c to a file that only its owner reads.
func (p *program) writeModel(ctx context.Context, path string, c catalog.Part) error {
	f, err := c.Facts(ctx)
	if err != nil {
		return err
	}
	data, err := modelfile.Encode(f)
	if err != nil {
		return err
	}
	if err := p.writeNamed(ctx, "facts", path, 0o600, data); err != nil {
		return err
	}
	fmt.Fprintf(p.stderr, "facts of %s, %s, in %s\n", plural(len(f.Model.Authorities()), "host"), shortSize(int64(len(data))), path)
	return nil
}

// modelRow describes the facts about a host.
type modelRow struct {
	Host       string `json:"host"`
	Flows      int64  `json:"flows"`
	Operations int    `json:"operations"`
	Unfinished int64  `json:"unfinished,omitempty"` // flows that were not done, from which nothing was learned
}

func newModelShowCmd(p *program) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "show FILE",
		Short:   "List the hosts of a file of facts",
		Example: "  spectap model show all.model",
		Args:    exactly(1, "a file of facts"),
		RunE: func(_ *cobra.Command, args []string) error {
			f, err := readModel(args[0])
			if err != nil {
				return err
			}
			rows := []modelRow{}
			for _, h := range f.Model.Hosts(infer.Options{}) {
				rows = append(rows, modelRow{h.Authority, h.Flows, h.Operations, f.Unfinished[h.Authority]})
			}
			if asJSON {
				return p.printJSON(rows)
			}
			fmt.Fprintln(p.stdout, "   flows  operations  host")
			for _, r := range rows {
				if _, err := fmt.Fprintf(p.stdout, "%8d  %10d  %s\n", r.Flows, r.Operations, visible.Line(r.Host)); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}
