package gateway

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/jsonvalue"
)

const approvalsAllowLong = `Allows calls like a held one without asking each time: of the same grant and tool, with the same
definition, under the same version of the policy. Each --if is a condition in the language of
policies, which a call must meet besides; one that cannot be evaluated is not met. The approval ends
after --for, and after --times calls. It never lets through what the policy denies.

A held call that meets the conditions is approved too, and does not count.`

// allowCallsFlags are the flags of approvals allow.
type allowCallsFlags struct {
	decideFlags
	validFor   time.Duration
	times      int
	conditions []string
	any        bool
}

// DefaultStanding is the default validity of a standing approval.
const DefaultStanding = time.Hour

func newApprovalsAllowCmd(p *cli.Program, open opener[*approval.Book]) *cobra.Command {
	var x allowCallsFlags
	cmd := &cobra.Command{
		Use:   "allow ID",
		Short: "Approve calls like a held one, by rule: for a time, a number of times",
		Long:  approvalsAllowLong,
		Example: `  spectap approvals allow --approvals approvals.json k3x7q2m5ab --for 1h --if '{path: args.path, op: below, value: /tmp}'
  spectap approvals allow --approvals approvals.json k3x7q2m5ab --times 10 --any-arguments`,
		Args: cli.Exactly(1, "the id of a held call"),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case !cmd.Flags().Changed("for") && !cmd.Flags().Changed("times"):
				return cli.Usagef(cmd, "say how long, --for 1h, or how often, --times 10")
			case cmd.Flags().Changed("times") && x.times < 1 || x.validFor <= 0:
				return cli.Usagef(cmd, "--times and --for must be positive")
			case (len(x.conditions) == 0) != x.any:
				return cli.Usagef(cmd, "say for which arguments, --if CONDITION, or --any-arguments")
			}
			b, err := open(cmd)
			if err != nil {
				return err
			}
			return allowCalls(p, cmd, b, args[0], &x)
		},
	}
	x.register(cmd)
	f := cmd.Flags()
	flagset.TimeVar(f, &x.validFor, "for", DefaultStanding, "how long, at most 30d, or what the policy says with within")
	f.IntVar(&x.times, "times", 0, "how many calls (default: any number)")
	f.StringArrayVar(&x.conditions, "if", nil, "a `condition` as in a policy: {path: args.path, op: below, value: /tmp} (repeatable: all must be met)")
	f.BoolVar(&x.any, "any-arguments", false, "whatever the arguments")
	return cmd
}

// allowCalls makes a standing approval, and approves the held call that served as its model.
func allowCalls(p *cli.Program, cmd *cobra.Command, b *approval.Book, id string, x *allowCallsFlags) error {
	by, err := x.approver(cmd)
	if err != nil {
		return err
	}
	h, err := b.Get(id, time.Now())
	if err != nil {
		return err
	}
	call := policy.Call{Kind: policy.Tool, Name: h.Tool, Args: jsonvalue.Decode(h.Arguments), Time: time.Now()}
	isMet := true
	for _, text := range x.conditions {
		q, err := policy.LoadCondition(cmd.Context(), "--if", []byte(text))
		if err != nil {
			return cli.Misused(err)
		}
		isMet = isMet && q.Meets(&call)
	}
	if h.Within > 0 && !cmd.Flags().Changed("for") {
		x.validFor = min(x.validFor, h.Within)
	}
	terms := approval.TermsOf(&h)
	terms.If, terms.Times, terms.Expires = x.conditions, x.times, time.Now().Add(x.validFor)
	if err := printHeld(p, b, &h, false); err != nil {
		return err
	}
	like := approval.DescribeStanding(&approval.Standing{ID: "(new)", Terms: terms, State: approval.Waiting})
	p.NewRows().Lines("calls like it\n" + like)
	if err := p.Confirm("allow such calls?", x.yes); err != nil {
		return err
	}
	d := approval.Decision{By: by, Approve: true, Channel: approval.Terminal, Note: x.note}
	s, err := b.Allow(id, terms, d, time.Now())
	if err != nil {
		return err
	}
	printStandingState(p, &s)
	if h.State != approval.Waiting || !isMet || s.State != approval.Approved {
		return nil
	}
	h, err = b.Decide(h.ID, h.Digest, d, time.Now())
	if errors.Is(err, approval.ErrOver) {
		return nil // somebody else has decided meanwhile
	}
	if err == nil {
		fmt.Fprintln(p.Stderr, decided(&h))
	}
	return err
}

func printStandingState(p *cli.Program, s *approval.Standing) {
	switch s.State {
	case approval.Approved:
		fmt.Fprintf(p.Stderr, "%s: in force until %s; spectap approvals revoke %s ends it\n", s.ID, s.Expires.Local().Format("2006-01-02 15:04:05"), s.ID)
	case approval.Waiting:
		fmt.Fprintf(p.Stderr, "%s: %d of %d have approved; another person runs spectap approvals approve %s\n", s.ID, len(s.Decisions), s.Approvers, s.ID)
	default:
		fmt.Fprintf(p.Stderr, "%s: %s\n", s.ID, s.State)
	}
}

// standing returns one standing approval.
func standing(b *approval.Book, id string) (approval.Standing, error) {
	all, err := b.Standing(time.Now())
	if err != nil {
		return approval.Standing{}, err
	}
	i := slices.IndexFunc(all, func(s approval.Standing) bool { return s.ID == id })
	if i < 0 {
		return approval.Standing{}, fmt.Errorf("%s: %w", id, approval.ErrNoRule)
	}
	return all[i], nil
}

func showStanding(p *cli.Program, b *approval.Book, id string) error {
	s, err := standing(b, id)
	if err != nil {
		return err
	}
	if p.JSON {
		s.Nonce = ""
		return p.PrintIndentedJSON(s)
	}
	return p.NewRows().Lines(approval.DescribeStanding(&s))
}

// agreeStanding records the agreement of another person to a standing approval that needs several.
func agreeStanding(p *cli.Program, b *approval.Book, id, verb string, d approval.Decision, yes bool) error {
	s, err := standing(b, id)
	if err != nil {
		return err
	}
	p.NewRows().Lines(approval.DescribeStanding(&s))
	if err := p.Confirm(verb+" such calls?", yes); err != nil {
		return err
	}
	if s, err = b.Agree(id, s.Digest, d, time.Now()); err != nil {
		return err
	}
	printStandingState(p, &s)
	return nil
}

func newApprovalsRulesCmd(p *cli.Program, open opener[*approval.Book]) *cobra.Command {
	return newBookListCmd(p, open, bookList[approval.Standing]{
		use: "rules", short: "List the approvals by rule",
		all: "also those that ended in the last day", none: "there is no approval by rule",
		kept: func(b *approval.Book, now time.Time) ([]approval.Standing, error) {
			all, err := b.Standing(now)
			for i := range all {
				all[i].Nonce = "" // it has no meaning for people
			}
			return all, err
		},
		isOpen: func(s *approval.Standing) bool { return s.State == approval.Approved || s.State == approval.Waiting },
		print:  func(list *cli.Rows, s *approval.Standing) error { return list.Lines(approval.DescribeStanding(s)) },
	})
}

func newApprovalsRevokeCmd(p *cli.Program, open opener[*approval.Book]) *cobra.Command {
	var x decideFlags
	cmd := &cobra.Command{
		Use:     "revoke RULE",
		Example: "  spectap approvals revoke --approvals approvals.json rule-p4n6s8t2vw",
		Short:   "End an approval by rule",
		Args:    cli.Exactly(1, "the id of an approval by rule"),
		RunE: open.run(func(cmd *cobra.Command, b *approval.Book, args []string) error {
			by, err := x.approver(cmd)
			if err != nil {
				return err
			}
			s, err := b.Revoke(args[0], approval.Decision{By: by, Channel: approval.Terminal, Note: x.note}, time.Now())
			if err != nil {
				return err
			}
			printStandingState(p, &s)
			return nil
		}),
	}
	f := cmd.Flags()
	f.StringVar(&x.note, "note", "", "`text` that says why")
	f.StringVar(&x.tokenFile, "token-file", "", "revoke in the name of the grant whose token is in this `file`")
	f.StringVar(&x.grants, "grants", "", "with --token-file: the `file` of the grants")
	return cmd
}
