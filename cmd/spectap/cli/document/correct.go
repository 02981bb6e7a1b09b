package document

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/catalog/overrides"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/internal/visible"
)

const correctLong = `Corrects what was inferred from the traffic, for what was captured and for what follows. Each command
writes one entry of the corrections file (--overrides, else ` + cli.OverridesName + ` beside the store), and
prints what changes in the documents as a diff. --dry-run only prints it. docs/overrides.md describes the
file, which you can edit as well: comments and order stay.

A VALUE is a parameter, a body, or something in it:

  "GET /users query limit"                 a parameter: query, path, header or cookie
  "POST /users request /name"              a property of the body of a request; without /name, the body
  "GET /users response 200 /items/*/id"    one of a response; * stands for each element
  "User /email"                            a property of a component`

const correctExample = `  spectap correct literal /users/me                       # this segment is no parameter
  spectap correct merge /shops/north /shops/south --name shop_id
  spectap correct rename "GET /users/{id}" getUser        # or a component, or a path that ends in a parameter
  spectap correct optional "User /email" --dry-run
  spectap correct enum "Order /state" open paid shipped
  spectap correct leave-out "/internal/**"
  spectap correct ls
  spectap correct undo`

// NewCorrectCmd returns the command correct.
func NewCorrectCmd(p *cli.Program) *cobra.Command {
	cmd := &cobra.Command{
		Use: "correct", Short: "Correct what was inferred, and undo that", Long: correctLong, Example: correctExample,
	}
	for i := range correctKinds {
		cmd.AddCommand(cli.EndsAtOnce(newCorrectKindCmd(p, &correctKinds[i])))
	}
	return cli.Group(cmd, cli.EndsAtOnce(newCorrectListCmd(p)), cli.EndsAtOnce(newCorrectUndoCmd(p)), cli.EndsAtOnce(newCorrectRemoveCmd(p)))
}

// correctKind is the command of one kind of correction.
type correctKind struct {
	Kind, args, short string
	example           string // the command without its first words
	// to means that the last argument is the new name, type or text.
	to          bool
	least, most int  // arguments
	name        bool // has --name
}

var correctKinds = []correctKind{
	{Kind: overrides.Parameter, args: "PATH", least: 1, most: 1, name: true, example: `parameter /users/me --name user_id`,
		short: "Make the last segment of a path a parameter"},
	{Kind: overrides.Literal, args: "PATH", least: 1, most: 1, example: `literal /users/me`,
		short: "Make the last segment of a path no parameter, which splits it from the others"},
	{Kind: overrides.Rename, args: "WHAT NAME", to: true, least: 2, most: 2, example: `rename "GET /users/{id}" getUser`,
		short: "Rename the parameter that ends a path, an operation or a component"},
	{Kind: overrides.Merge, args: "WHAT OTHER…", least: 2, most: math.MaxInt, name: true, example: `merge /shops/north /shops/south --name shop_id`,
		short: "Make components one, or the last segments of paths one parameter"},
	{Kind: overrides.Split, args: "VALUE NAME", to: true, least: 2, most: 2, example: `split "User /address" Address`,
		short: "Give a value a component of its own"},
	{Kind: overrides.LeaveOut, args: "PATTERN", least: 1, most: 1, example: `leave-out "/internal/**"`,
		short: `Leave out paths, such as "/internal/**" or "DELETE /users/*"`},
	{Kind: overrides.HostOf, args: "HOST OTHER", to: true, least: 2, most: 2, example: `host staging.example.com api.example.com`,
		short: "Count the flows of a host to the API of another"},
	{Kind: overrides.Optional, args: "VALUE", least: 1, most: 1, example: `optional GET /users query limit`,
		short: "Say that a value is not required"},
	{Kind: overrides.Required, args: "VALUE", least: 1, most: 1, example: `required "User /email"`,
		short: "Say that a value is required"},
	{Kind: overrides.Nullable, args: "VALUE", least: 1, most: 1, example: `nullable "User /email"`,
		short: "Say that a value may be null"},
	{Kind: overrides.NotNull, args: "VALUE", least: 1, most: 1, example: `not-null "User /email"`,
		short: "Say that a value is never null"},
	{Kind: overrides.Enum, args: "VALUE TEXT…", least: 2, most: math.MaxInt, example: `enum "Order /state" open paid shipped`,
		short: "Name the only texts that a value has"},
	{Kind: overrides.Open, args: "VALUE", least: 1, most: 1, example: `open "Order /state"`,
		short: "Say that a value has other texts than those that were seen"},
	{Kind: overrides.Type, args: "VALUE TYPE", to: true, least: 2, most: 2, example: `type "Order /total" number`,
		short: "Set the type: " + strings.Join(correction.Types, ", ")},
	{Kind: overrides.Format, args: "VALUE FORMAT", to: true, least: 2, most: 2, example: `format "User /created" date-time`,
		short: "Set the format, such as date-time, or " + correction.NoFormat},
	{Kind: overrides.Title, args: "TEXT", to: true, least: 1, most: 1, example: `title "Shop API"`,
		short: "Set the title of the API"},
	{Kind: overrides.Summary, args: "OPERATION TEXT", to: true, least: 2, most: 2, example: `summary "GET /users" "List the users"`,
		short: `Set the summary of an operation, such as "GET /users"`},
	{Kind: overrides.Describe, args: "[WHAT] TEXT", to: true, least: 1, most: 2, example: `describe "User /email" "Where invoices go"`,
		short: "Describe an operation, a value, a component or the API"},
}

// ask returns the correction that the arguments describe.
func (k *correctKind) ask(args []string, host, name string) overrides.Ask {
	a := overrides.Ask{Kind: k.Kind, Host: host, To: name}
	if k.to {
		a.To, args = args[len(args)-1], args[:len(args)-1]
	}
	if len(args) > 0 {
		a.At, a.Values = args[0], args[1:]
	}
	return a
}

func newCorrectKindCmd(p *cli.Program, k *correctKind) *cobra.Command {
	c := correcting{p: p, kind: k.Kind}
	var name string
	cmd := &cobra.Command{
		Use: k.Kind + " " + k.args, Short: k.short, Example: "  spectap correct " + k.example,
		Args: cli.Between(k.least, k.most, k.args),
		RunE: func(cmd *cobra.Command, args []string) error {
			change, err := overrides.Make(k.ask(args, c.host, name))
			if err != nil {
				return cli.Usagef(cmd, "%w", err)
			}
			return c.run(cmd.Context(), change)
		},
	}
	c.register(cmd)
	if k.name {
		cmd.Flags().StringVar(&name, "name", "", "also set the `name` of the parameter")
	}
	return cmd
}

// correcting is one run of a command that changes the corrections file.
type correcting struct {
	p      *cli.Program
	host   string
	dryRun bool
	anyway bool
	kind   string // of [overrides.Change]
	path   string // or another subject of the correction
}

func (c *correcting) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.host, "host", "", "limit the correction to the API of this `host`, with its port unless that is the default of the scheme")
	f.BoolVarP(&c.dryRun, "dry-run", "n", false, "print what would change, and write nothing")
	f.BoolVar(&c.anyway, "anyway", false, "write the correction even if nothing that was captured fits it")
}

// run makes a change and prints its effect on the documents.
func (c *correcting) run(ctx context.Context, change overrides.Change) error {
	file, err := CorrectionsFile(c.p, !c.dryRun)
	if err != nil {
		return err
	}
	state, err := file.Read()
	if err != nil {
		return err
	}
	have, err := cli.ParseCorrections(c.p.CorrectionsPath(), state.Text)
	if err != nil {
		return err
	}
	cat, done, err := c.p.OpenCatalog()
	if err != nil {
		return err
	}
	defer done()
	change = change.Resolve(&have)
	c.path = change.Key
	show := func(next *correction.Corrections) error { return c.show(ctx, cat, &have, next) }
	if c.dryRun {
		return c.preview(ctx, state, change, show)
	}
	after, err := file.Change(ctx, state.Version, change, show)
	switch {
	case errors.Is(err, overrides.ErrMoved):
		return cli.WithHint(err, "the same command again")
	case err != nil && change.Remove:
		return cli.WithHint(err, "spectap correct ls")
	case err != nil && slices.Contains(overrides.Kinds, c.kind) && !errors.As(err, new(*cli.Hint)):
		return cli.WithHint(err, "spectap correct "+c.kind+" --help")
	case err != nil:
		return err
	case after.Version == state.Version:
		c.p.Say("%s says so already", file.Path)
	default:
		c.p.Say("wrote %s; %s takes it back", file.Path, c.p.Copyable("spectap correct undo"))
	}
	return nil
}

// preview prints the change of the file and of the documents.
func (c *correcting) preview(ctx context.Context, state overrides.State, change overrides.Change, show func(*correction.Corrections) error) error {
	text, err := overrides.Edit(ctx, state.Text, change)
	if err != nil {
		return err
	}
	next, err := overrides.Parse(text)
	if err != nil {
		return err
	}
	io.WriteString(c.p.Stdout, overrides.LineDiff(c.p.CorrectionsPath(), state.Text, text))
	return show(&next)
}

// show prints the changes of all documents. A new correction that fits no document is an error.
func (c *correcting) show(ctx context.Context, cat *catalog.Catalog, have, next *correction.Corrections) error {
	hosts, err := cat.Hosts(ctx)
	if err != nil {
		return err
	}
	if c.host != "" {
		if _, err := cat.Preview(ctx, catalog.Request{Host: c.host}, have); err != nil {
			return err
		}
	}
	fits := false
	var misfit error
	for _, h := range hosts {
		if c.host != "" && h.Authority != c.host {
			continue
		}
		e, err := overrides.Compare(ctx, func(x *correction.Corrections) (*catalog.Document, error) {
			return cat.Preview(ctx, catalog.Request{Hosts: []string{h.Authority}}, x)
		}, have, next)
		if err != nil {
			return err
		}
		if len(e.Misfits) > 0 {
			misfit = errors.New(e.Misfits[0].String())
			continue
		}
		fits = true
		if e.Diff != "" {
			fmt.Fprintf(c.p.Stdout, "# %s\n%s", visible.Line(h.Authority), e.Diff)
		}
	}
	if !fits && misfit != nil && !c.anyway {
		return cli.WithHint(fmt.Errorf("nothing that was captured fits: %w", misfit), c.meant(ctx, cat, hosts, have))
	}
	return nil
}

// CorrectionsFile returns the corrections file for edits. With write, it creates the folder of the
// journal. The journal is in the XDG state folder, because next to the file it would end up in a
// person's repository.
func CorrectionsFile(p *cli.Program, write bool) (*overrides.File, error) {
	path := cli.RealPath(p.CorrectionsPath())
	journal := cli.StateFile("corrections", path, ".json")
	if write {
		if err := os.MkdirAll(filepath.Dir(journal), 0o700); err != nil {
			return nil, fmt.Errorf("keep what it takes to undo corrections: %w", err)
		}
	}
	return &overrides.File{Path: path, Journal: journal}, nil
}

func newCorrectUndoCmd(p *cli.Program) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use: "undo", Short: "Undo the newest correction that a command or the page made",
		Example: `  spectap correct undo --dry-run
  spectap correct undo`,
		Long: `Undoes the newest correction that spectap correct or the page made, and at the next call the one before.
The file gets the bytes that it had. If the file was changed by other means since, nothing is undone.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			file, err := CorrectionsFile(p, true)
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
				return cli.WithHint(err, "spectap correct rm, or edit the file")
			case errors.Is(err, overrides.ErrNothing):
				return cli.WithHint(err, "spectap correct ls")
			case err != nil:
				return err
			}
			io.WriteString(p.Stdout, overrides.LineDiff(file.Path, before.Text, u.Text))
			if !dryRun {
				fmt.Fprintf(p.Stderr, "undone: %s\n", visible.Line(u.What))
			}
			return nil
		},
	}
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "print what would change, and write nothing")
	return cmd
}

func newCorrectRemoveCmd(p *cli.Program) *cobra.Command {
	c := correcting{p: p}
	cmd := &cobra.Command{
		Use: "rm SECTION NAME", Short: "Remove a correction, as ls prints it",
		Example: `  spectap correct rm values "User /email"`,
		Args:    cli.Between(1, 2, "a section and a name, as spectap correct ls prints them"),
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
	// Misfit is the reason why it no longer fits the traffic, or "".
	Misfit string `json:"misfit,omitempty"`
}

func newCorrectListCmd(p *cli.Program) *cobra.Command {
	return p.AddJSON(&cobra.Command{
		Use: "ls", Short: "List all corrections, and those that no longer fit",
		Example: "  spectap correct ls",
		Long:    "Lists all corrections. Exit status 3 if one fits no document of the store.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			have, err := p.Corrections()
			if err != nil {
				return err
			}
			misfits, err := misfits(cmd.Context(), p, &have)
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
			if err := printCorrections(p, rows); err != nil {
				return err
			}
			if bad > 0 {
				fmt.Fprintf(p.Stderr, "%s no longer fit; %s removes one\n", cli.Plural(bad, "correction"), p.Copyable("spectap correct rm"))
				return cli.ExitStatus(cli.ExitFound)
			}
			return nil
		},
	}, "print JSON")
}

func printCorrections(p *cli.Program, rows []correctionRow) error {
	if p.JSON {
		return p.PrintIndentedJSON(rows)
	}
	w := tabwriter.NewWriter(p.Stdout, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		text := r.Says
		if r.Host != "" {
			text += " (" + r.Host + ")"
		}
		if r.Misfit != "" {
			text += "; no longer fits: " + r.Misfit
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", r.Section, visible.Line(cli.QuoteArg(r.Name)), visible.Line(strings.TrimSpace(text)))
	}
	return w.Flush()
}

// misfits returns, by the name of the correction, the reasons why corrections fit no document.
func misfits(ctx context.Context, p *cli.Program, have *correction.Corrections) (map[string]string, error) {
	cat, done, err := p.OpenCatalog()
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
