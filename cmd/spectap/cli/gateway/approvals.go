package gateway

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/grant"
)

const approvalsLong = `Shows the calls that gateway, serve or mcp holds because its policy requires a person's approval, and
decides on them. An approval lets exactly the call through that was shown, once. An approval by rule
covers calls like it, for a time or a number of times. docs/approvals.md says more.`

const approvalsExample = `  spectap approvals ls --approvals approvals.json
  spectap approvals show --approvals approvals.json k3x7q2m5ab
  spectap approvals approve --approvals approvals.json k3x7q2m5ab --note "as agreed"
  spectap approvals deny --approvals approvals.json k3x7q2m5ab --note "wrong account"
  spectap approvals allow --approvals approvals.json k3x7q2m5ab --for 1h --times 10 --if '{path: args.path, op: below, value: /tmp}'
  spectap approvals rules --approvals approvals.json
  spectap approvals revoke --approvals approvals.json rule-p4n6s8t2vw`

// NewApprovalsCmd returns the command approvals.
func NewApprovalsCmd(p *cli.Program) *cobra.Command {
	var path, keyFile string
	cmd := &cobra.Command{
		Use:     "approvals",
		Short:   "Decide on calls that wait for a person",
		Long:    approvalsLong,
		Example: approvalsExample,
	}
	cmd.PersistentFlags().StringVar(&path, "approvals", "", "the `file` of the held calls, as given to gateway, serve or mcp (required)")
	cmd.PersistentFlags().StringVar(&keyFile, "approval-key", "", "the `file` of the key that gateway, serve or mcp was given, which approvals need then")
	open := opener[*approval.Book](func(cmd *cobra.Command) (*approval.Book, error) {
		if err := cli.NeedFile(cmd, "approvals", path, "gateway, serve or mcp with --approvals"); err != nil {
			return nil, err
		}
		key, err := ReadApprovalKey(keyFile)
		if err != nil {
			return nil, err
		}
		return approval.OpenWithKey(path, key, false)
	})
	return cli.Group(cmd,
		cli.EndsAtOnce(newApprovalsListCmd(p, open)), cli.EndsAtOnce(newApprovalsShowCmd(p, open)),
		newApprovalsDecideCmd(p, open, true), newApprovalsDecideCmd(p, open, false),
		newApprovalsAllowCmd(p, open), cli.EndsAtOnce(newApprovalsRulesCmd(p, open)), newApprovalsRevokeCmd(p, open),
	)
}

// opener opens the file that a flag of all commands of a family names.
type opener[B any] func(*cobra.Command) (B, error)

// run returns a function that opens the file and runs a command.
func (open opener[B]) run(do func(*cobra.Command, B, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		b, err := open(cmd)
		if err != nil {
			return err
		}
		return do(cmd, b, args)
	}
}

// bookList is a list of the entries of one kind in a file of approvals.
type bookList[T any] struct {
	use, short, all, none string // help of the command and of --all, and the text for an empty list
	kept                  func(*approval.Book, time.Time) ([]T, error)
	isOpen                func(*T) bool // whether it is listed without --all
	print                 func(*cli.Rows, *T) error
}

// newBookListCmd returns the command that prints a list.
func newBookListCmd[T any](p *cli.Program, open opener[*approval.Book], l bookList[T]) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:     l.use,
		Example: "  spectap approvals " + l.use + " --approvals approvals.json",
		Short:   l.short,
		RunE: open.run(func(cmd *cobra.Command, b *approval.Book, _ []string) error {
			kept, err := l.kept(b, time.Now())
			if err != nil {
				return err
			}
			if !all {
				kept = slices.DeleteFunc(kept, func(v T) bool { return !l.isOpen(&v) })
			}
			return cli.PrintList(p, kept, l.none, l.print)
		}),
	}
	cmd.Flags().BoolVar(&all, "all", false, l.all)
	p.AddJSON(cmd, "print JSON")
	return cmd
}

func newApprovalsListCmd(p *cli.Program, open opener[*approval.Book]) *cobra.Command {
	return newBookListCmd(p, open, bookList[approval.Held]{
		use: "ls", short: "List the calls that wait, oldest first",
		all: "also those that were decided, used or have expired", none: "no call waits for a person",
		kept:   (*approval.Book).List,
		isOpen: func(h *approval.Held) bool { return h.State == approval.Waiting },
		print: func(list *cli.Rows, h *approval.Held) error {
			return list.Text(fmt.Sprintf("%s  %-8s  %s  %s for %s, until %s, at %s", h.ID, h.Status(), list.Minute(h.Created),
				strings.TrimSpace(h.Tool+" "+h.Inner), h.Grant, h.Expires.Local().Format("15:04"), h.Server))
		},
	})
}

func newApprovalsShowCmd(p *cli.Program, open opener[*approval.Book]) *cobra.Command {
	var full bool
	cmd := &cobra.Command{
		Use: "show ID",
		Example: `  spectap approvals show --approvals approvals.json k3x7q2m5ab
  spectap approvals show --approvals approvals.json k3x7q2m5ab --whole`,
		Short: "Show everything that a held call will send",
		Long: `Shows a held call: who asks, what requires the approval, and every argument. Letters that look like
others are followed by their code point, characters that do not show are written out, and long values
are shown from both ends; --whole shows all of them. "was" is the value in the last call of this tool
that was approved.`,
		Args: cli.Exactly(1, "the id of a held call"),
		RunE: open.run(func(cmd *cobra.Command, b *approval.Book, args []string) error {
			if strings.HasPrefix(args[0], approval.StandingPrefix) {
				return showStanding(p, b, args[0])
			}
			h, err := b.Get(args[0], time.Now())
			if err != nil {
				return err
			}
			if p.JSON {
				return p.PrintIndentedJSON(h)
			}
			return printHeld(p, b, &h, full)
		}),
	}
	p.AddJSON(cmd, "print JSON")
	cmd.Flags().BoolVar(&full, "whole", false, "also show long values whole")
	return cmd
}

// printHeld prints the call that a person decides on. It prints long values in full or abbreviated
// to both ends.
func printHeld(p *cli.Program, b *approval.Book, h *approval.Held, full bool) error {
	all, err := b.List(time.Now())
	if err != nil {
		return err
	}
	last := approval.LastLike(all, h)
	if full {
		return p.NewRows().Lines(approval.DescribeFull(h, last))
	}
	if approval.IsShortened(h) {
		fmt.Fprintf(p.Stderr, "spectap: long values are shown from both ends: approvals show --whole %s shows all of them\n", h.ID)
	}
	return p.NewRows().Lines(approval.Describe(h, last))
}

// decideFlags are the flags of approve and deny.
type decideFlags struct {
	note, grants, tokenFile string
	yes                     bool
}

func newApprovalsDecideCmd(p *cli.Program, open opener[*approval.Book], approve bool) *cobra.Command {
	var x decideFlags
	verb, short := "approve", "Let a held call through, once, as it was shown"
	if !approve {
		verb, short = "deny", "Refuse a held call, and tell the agent why"
	}
	cmd := &cobra.Command{
		Use:     verb + " ID",
		Example: "  spectap approvals " + verb + " --approvals approvals.json k3x7q2m5ab --note \"as agreed\"",
		Short:   short,
		Long: `Shows the call and asks on the terminal. The call is sent when the agent makes it again, which it
is told to do. The decision is noted in the name of the user of this system, or with --token-file in
that of a grant: with several approvers, each needs one.`,
		Args: cli.Exactly(1, "the id of a held call"),
		RunE: open.run(func(cmd *cobra.Command, b *approval.Book, args []string) error {
			by, err := x.approver(cmd)
			if err != nil {
				return err
			}
			d := approval.Decision{By: by, Approve: approve, Channel: approval.Terminal, Note: x.note}
			if strings.HasPrefix(args[0], approval.StandingPrefix) {
				return agreeStanding(p, b, args[0], verb, d, x.yes)
			}
			h, err := b.Get(args[0], time.Now())
			if err != nil {
				return err
			}
			if err := confirmDecision(p, b, &h, verb, x.yes); err != nil {
				return err
			}
			h, err = b.Decide(h.ID, h.Digest, d, time.Now())
			if err != nil {
				return err
			}
			fmt.Fprintln(p.Stderr, decided(&h))
			return nil
		}),
	}
	x.register(cmd)
	return cmd
}

func (x *decideFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&x.note, "note", "", "`text` for the audit; a denial tells it to the agent")
	f.BoolVar(&x.yes, "yes", false, "do not ask on the terminal")
	f.StringVar(&x.tokenFile, "token-file", "", "decide in the name of the grant whose token is in this `file`")
	f.StringVar(&x.grants, "grants", "", "with --token-file: the `file` of the grants")
}

// approver returns the person who decides.
func (x *decideFlags) approver(cmd *cobra.Command) (string, error) {
	if (x.tokenFile == "") != (x.grants == "") {
		return "", cli.Usagef(cmd, "--token-file and --grants belong together")
	}
	if x.tokenFile == "" {
		return cli.ThisUser()
	}
	token, err := os.ReadFile(x.tokenFile)
	if err != nil {
		return "", fmt.Errorf("read the token: %w", err)
	}
	b, err := grant.Open(x.grants)
	if err != nil {
		return "", err
	}
	g, err := b.Authenticate(strings.TrimSpace(string(token)), time.Now())
	if err != nil {
		return "", fmt.Errorf("find out who decides: %w", err)
	}
	return g.Name, nil
}

// confirmDecision shows the call and asks whether the person means it.
func confirmDecision(p *cli.Program, b *approval.Book, h *approval.Held, verb string, yes bool) error {
	if err := h.Decidable(verb == "approve"); err != nil {
		return fmt.Errorf("%s: %w", h.ID, err)
	}
	if err := printHeld(p, b, h, false); err != nil {
		return err
	}
	return p.Confirm(verb+" this call?", yes)
}

// decided describes the outcome for a held call.
func decided(h *approval.Held) string {
	switch h.State {
	case approval.Approved:
		return fmt.Sprintf("%s: approved until %s; it is sent now if the agent still waits, else when it makes the call again", h.ID,
			h.Expires.Local().Format("15:04"))
	case approval.Waiting:
		return fmt.Sprintf("%s: %d of %d have approved", h.ID, len(h.Decisions), h.Approvers)
	}
	return h.ID + ": denied"
}
