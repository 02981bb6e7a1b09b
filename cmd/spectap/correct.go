package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/catalog/overrides"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/internal/linediff"
	"github.com/spectap/spectap/internal/visible"
)

const correctLong = `Corrects what was inferred from the traffic, for what was captured and for what follows. Each command
writes one entry of the corrections file (--overrides, else ` + overridesName + ` beside the store), and
prints what changes in the documents as a diff. --dry-run only prints it. docs/overrides.md describes the
file, which you can edit as well: comments and order stay.

A VALUE is a parameter, a body, or something in it:

  "GET /users query limit"                 a parameter: query, path, header or cookie
  "POST /users request /name"              a property of the body of a request; without /name, the body
  "GET /users response 200 /items/*/id"    one of a response; * stands for each element
  "User /email"                            a property of a component

The quotes may be left out: spectap correct optional GET /users query limit. Shells complete each word.`

const correctExample = `  spectap correct literal /users/me                       # this segment is no parameter
  spectap correct merge /shops/north /shops/south --name shop_id
  spectap correct rename "GET /users/{id}" getUser        # or a component, or a path that ends in a parameter
  spectap correct optional "User /email" --dry-run
  spectap correct enum "Order /state" open paid shipped
  spectap correct leave-out "/internal/**"
  spectap correct ls
  spectap correct undo`

func newCorrectCmd(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use: "correct", Short: "Correct what was inferred, and undo that", Long: correctLong, Example: correctExample,
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for i := range correctKinds {
		cmd.AddCommand(endsAtOnce(newCorrectKindCmd(p, &correctKinds[i])))
	}
	cmd.AddCommand(endsAtOnce(newCorrectListCmd(p)), endsAtOnce(newCorrectUndoCmd(p)), endsAtOnce(newCorrectRemoveCmd(p)))
	return cmd
}

// correctKind is the command of one kind of correction.
type correctKind struct {
	kind, args, short string
	example           string // the command without its first words
	// to says that the last argument is the new name, type or text.
	to bool
	// most is the number of arguments, 0 for any from two.
	most int
	name bool // has --name
}

var correctKinds = []correctKind{
	{kind: overrides.Parameter, args: "PATH", most: 1, name: true, example: `parameter /users/me --name user_id`,
		short: "Make the last segment of a path a parameter"},
	{kind: overrides.Literal, args: "PATH", most: 1, example: `literal /users/me`,
		short: "Make the last segment of a path no parameter, which splits it from the others"},
	{kind: overrides.Rename, args: "WHAT NAME", to: true, most: 2, example: `rename "GET /users/{id}" getUser`,
		short: "Rename the parameter that ends a path, an operation or a component"},
	{kind: overrides.Merge, args: "WHAT OTHER…", name: true, example: `merge /shops/north /shops/south --name shop_id`,
		short: "Make components one, or the last segments of paths one parameter"},
	{kind: overrides.Split, args: "VALUE NAME", to: true, most: 2, example: `split "User /address" Address`,
		short: "Give a value a component of its own"},
	{kind: overrides.LeaveOut, args: "PATTERN", most: 1, example: `leave-out "/internal/**"`,
		short: `Leave out paths, such as "/internal/**" or "DELETE /users/*"`},
	{kind: overrides.HostOf, args: "HOST OTHER", to: true, most: 2, example: `host staging.example.com api.example.com`,
		short: "Count the flows of a host to the API of another"},
	{kind: overrides.Optional, args: "VALUE", most: 1, example: `optional GET /users query limit`,
		short: "Say that a value is not required"},
	{kind: overrides.Required, args: "VALUE", most: 1, example: `required "User /email"`,
		short: "Say that a value is required"},
	{kind: overrides.Nullable, args: "VALUE", most: 1, example: `nullable "User /email"`,
		short: "Say that a value may be null"},
	{kind: overrides.NotNull, args: "VALUE", most: 1, example: `not-null "User /email"`,
		short: "Say that a value is never null"},
	{kind: overrides.Enum, args: "VALUE TEXT…", example: `enum "Order /state" open paid shipped`,
		short: "Name the only texts that a value has"},
	{kind: overrides.Open, args: "VALUE", most: 1, example: `open "Order /state"`,
		short: "Say that a value has other texts than those that were seen"},
	{kind: overrides.Type, args: "VALUE TYPE", to: true, most: 2, example: `type "Order /total" number`,
		short: "Set the type: " + strings.Join(correction.Types, ", ")},
	{kind: overrides.Format, args: "VALUE FORMAT", to: true, most: 2, example: `format "User /created" date-time`,
		short: "Set the format, such as date-time, or " + correction.NoFormat},
	{kind: overrides.Title, args: "TEXT", to: true, most: 1, example: `title "Shop API"`,
		short: "Set the title of the API"},
	{kind: overrides.Summary, args: "OPERATION TEXT", to: true, most: 2, example: `summary "GET /users" "List the users"`,
		short: `Set the summary of an operation, such as "GET /users"`},
	{kind: overrides.Describe, args: "[WHAT] TEXT", to: true, most: 2, example: `describe "User /email" "Where invoices go"`,
		short: "Describe an operation, a value, a component or the API"},
}

// ask returns what the arguments ask for.
func (k *correctKind) ask(args []string, host, name string) overrides.Ask {
	a := overrides.Ask{Kind: k.kind, Host: host, To: name}
	if k.to {
		a.To, args = args[len(args)-1], args[:len(args)-1]
	}
	if len(args) > 0 {
		a.At, a.Values = args[0], args[1:]
	}
	return a
}

func newCorrectKindCmd(p *program, k *correctKind) *cobra.Command {
	c := correcting{p: p, kind: k.kind}
	var name string
	cmd := &cobra.Command{
		Use: k.kind + " " + k.args, Short: k.short, Example: "  spectap correct " + k.example,
		Args: func(cmd *cobra.Command, args []string) error {
			args = k.joined(args)
			least := cmp.Or(k.most, 2)
			if k.kind == overrides.Describe {
				least = 1
			}
			if len(args) < least || k.most > 0 && len(args) > k.most {
				return usagef(cmd, "%s takes %s, got %s", cmd.CommandPath(), k.args, plural(len(args), "argument"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			change, err := overrides.Make(k.ask(k.joined(args), c.host, name))
			if err != nil {
				return usagef(cmd, "%w", err)
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

// correcting is one change of the corrections file.
type correcting struct {
	p      *program
	host   string
	dryRun bool
	anyway bool
	kind   string // of [overrides.Change]
	path   string // or something else that the correction is about
}

func (c *correcting) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.host, "host", "", "limit the correction to the API of this `host`, with its port unless that is the default of the scheme")
	f.BoolVarP(&c.dryRun, "dry-run", "n", false, "print what would change, and write nothing")
	f.BoolVar(&c.anyway, "anyway", false, "write the correction even if nothing that was captured fits it")
}

// errDryRun ends a change before it is written.
var errDryRun = errors.New("dry run")

// run makes a change and prints what it does to the documents.
func (c *correcting) run(ctx context.Context, change overrides.Change) error {
	file, err := c.p.correctionsFile(!c.dryRun)
	if err != nil {
		return err
	}
	state, err := file.Read()
	if err != nil {
		return err
	}
	have, err := parseCorrections(c.p.correctionsPath(), state.Text)
	if err != nil {
		return err
	}
	cat, done, err := c.p.openCatalog()
	if err != nil {
		return err
	}
	defer done()
	change = change.Resolve(&have)
	c.path = change.Key
	check := func(next *correction.Corrections) error {
		if err := c.show(ctx, cat, &have, next); err != nil {
			return err
		}
		if c.dryRun {
			return errDryRun
		}
		return nil
	}
	if c.dryRun {
		return c.preview(ctx, state, change, check)
	}
	after, err := file.Change(ctx, state.Version, change, check)
	switch {
	case errors.Is(err, overrides.ErrMoved):
		return &hint{err, "the same command again"}
	case err != nil && change.Remove:
		return &hint{err, "spectap correct ls"}
	case err != nil && slices.Contains(overrides.Kinds, c.kind) && !errors.As(err, new(*hint)):
		return &hint{err, "spectap correct " + c.kind + " --help"}
	case err != nil:
		return err
	case after.Version == state.Version:
		c.p.say("%s says so already", file.Path)
	default:
		c.p.say("wrote %s; %s takes it back", file.Path, c.p.copyable("spectap correct undo"))
	}
	return nil
}

// preview prints the change of the file and of the documents.
func (c *correcting) preview(ctx context.Context, state overrides.State, change overrides.Change, check func(*correction.Corrections) error) error {
	text, err := overrides.Edit(ctx, state.Text, change)
	if err != nil {
		return err
	}
	next, err := overrides.Parse(text)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(c.p.stdout, linediff.Unified(c.p.correctionsPath(), state.Text, text)); err != nil {
		return err
	}
	if err := check(&next); !errors.Is(err, errDryRun) {
		return err
	}
	return nil
}

// show prints the changes of all documents. It is an error if a new correction fits none.
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
			if _, err := fmt.Fprintf(c.p.stdout, "# %s\n%s", visible.Line(h.Authority), e.Diff); err != nil {
				return err
			}
		}
	}
	if !fits && misfit != nil && !c.anyway {
		return &hint{fmt.Errorf("nothing that was captured fits: %w", misfit), c.meant(ctx, cat, hosts, have)}
	}
	return nil
}
