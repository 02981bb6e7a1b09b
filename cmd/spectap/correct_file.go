package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/catalog/overrides"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/internal/linediff"
	"github.com/spectap/spectap/internal/visible"
)

// correctionsFile returns the corrections file for edits. write makes the folder of its journal,
// which is in the XDG state folder: beside the file it would end up in a person's repository.
func (p *program) correctionsFile(write bool) (*overrides.File, error) {
	path, err := filepath.Abs(p.correctionsPath())
	if err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	} else if folder, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		path = filepath.Join(folder, filepath.Base(path))
	}
	folder := filepath.Join(xdg.StateHome, "spectap", "corrections")
	if write {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, fmt.Errorf("keep what it takes to undo corrections: %w", err)
		}
	}
	sum := sha256.Sum256([]byte(path))
	return &overrides.File{Path: path, Journal: filepath.Join(folder, hex.EncodeToString(sum[:16])+".json")}, nil
}

func newCorrectUndoCmd(p *program) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use: "undo", Short: "Undo the newest correction that a command or the page made",
		Example: `  spectap correct undo --dry-run
  spectap correct undo`,
		Long: `Undoes the newest correction that spectap correct or the page made, and at the next call the one before.
The file gets the bytes that it had. If the file was changed by other means since, nothing is undone.`,
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			file, err := p.correctionsFile(true)
			if err != nil {
				return err
			}
			before, err := file.Read()
			if err != nil {
				return err
			}
			undo := func() (overrides.Undone, error) { return file.Undo(cmd.Context(), &before.Version) }
			if dryRun {
				undo = file.Last
			}
			u, err := undo()
			switch {
			case errors.Is(err, overrides.ErrMoved):
				return &hint{err, "spectap correct rm, or edit the file"}
			case errors.Is(err, overrides.ErrNothing):
				return &hint{err, "spectap correct ls"}
			case err != nil:
				return err
			}
			if _, err := io.WriteString(p.stdout, linediff.Unified(file.Path, before.Text, u.Text)); err != nil {
				return err
			}
			if !dryRun {
				fmt.Fprintf(p.stderr, "undone: %s\n", visible.Line(u.What))
			}
			return nil
		},
	}
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "print what would change, and write nothing")
	return cmd
}

func newCorrectRemoveCmd(p *program) *cobra.Command {
	c := correcting{p: p}
	cmd := &cobra.Command{
		Use: "rm SECTION NAME", Short: "Remove a correction, as ls prints it",
		Example: `  spectap correct rm values "User /email"`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 || len(args) > 2 {
				return usagef(cmd, "%s takes a section and a name, as spectap correct ls prints them, got %s", cmd.CommandPath(), plural(len(args), "argument"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			change := overrides.Change{Section: args[0], Host: c.host, Remove: true}
			if len(args) > 1 {
				change.Key = args[1]
			}
			return c.run(cmd.Context(), change)
		},
	}
	c.register(cmd)
	return cmd
}

// correctionRow is a correction as ls prints it.
type correctionRow struct {
	Section string `json:"section"`
	Name    string `json:"name"`
	Host    string `json:"host,omitempty"`
	Says    string `json:"says"`
	// Misfit says why it no longer fits the traffic, "" if it does.
	Misfit string `json:"misfit,omitempty"`
}

func newCorrectListCmd(p *program) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "ls", Short: "List all corrections, and those that no longer fit",
		Example: "  spectap correct ls",
		Long:    "Lists all corrections. Exit status 3 if one fits no document of the store.",
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			have, err := p.corrections()
			if err != nil {
				return err
			}
			misfits, err := p.misfits(cmd.Context(), &have)
			if err != nil {
				return err
			}
			rows, bad := []correctionRow{}, 0
			for _, e := range overrides.List(&have) {
				r := correctionRow{e.Section, e.Key, e.Host, e.Says, misfits[e.Name]}
				if r.Misfit != "" {
					bad++
				}
				rows = append(rows, r)
			}
			if err := p.printCorrections(rows, asJSON); err != nil {
				return err
			}
			if bad > 0 {
				fmt.Fprintf(p.stderr, "%s no longer fit; %s removes one\n", plural(bad, "correction"), p.copyable("spectap correct rm"))
				return exitStatus(exitFound)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (p *program) printCorrections(rows []correctionRow, asJSON bool) error {
	if asJSON {
		return p.printIndentedJSON(rows)
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		says := r.Says
		if r.Host != "" {
			says += " (" + r.Host + ")"
		}
		if r.Misfit != "" {
			says += "; no longer fits: " + r.Misfit
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", r.Section, visible.Line(quoteArg(r.Name)), visible.Line(strings.TrimSpace(says)))
	}
	return w.Flush()
}

// misfits returns why corrections fit no document, by their names.
func (p *program) misfits(ctx context.Context, have *correction.Corrections) (map[string]string, error) {
	cat, done, err := p.openCatalog()
	if err != nil {
		return nil, err
	}
	defer done()
	hosts, err := cat.Hosts(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, h := range hosts {
		names = append(names, h.Authority)
	}
	return overrides.Misfits(names, have, func(host string) (*catalog.Document, error) {
		return cat.Document(ctx, catalog.Request{Hosts: []string{host}})
	})
}
