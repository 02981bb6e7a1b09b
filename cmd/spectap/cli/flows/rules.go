package flows

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/openapi/bundle"
	"github.com/spectap/spectap/rules"
	"github.com/spectap/spectap/store"
)

const rulesLong = `Changes requests and responses on their way through the proxy, at once and until the rule is removed or
off. A rule is for the exchanges that a filter selects, in the language of docs/filter.md. Rules are
kept in the store, also for later proxies. Flows that a rule changed, held or answered have the tag
rule:NAME, and never become part of a document. docs/rules.md says more.`

const rulesExample = `  spectap rules add 'method:POST path:/orders' --hold          # the request waits: spectap rules held
  spectap rules add path:/orders --hold --response             # the response waits
  spectap rules add path:/config --respond 200 --file config.json
  spectap rules add path:/orders --respond 503 --text '{"error": "down"}'
  spectap rules add host:api.example.com --delay 2s
  spectap rules add status:200 --status 500
  spectap rules add path:/pay --fail                           # close the connection
  spectap rules add host:api.example.com --header 'X-Debug: 1'
  spectap rules add type:json --replace 'beta: *off' --with 'beta: on' --response
  spectap rules ls
  spectap rules off                                            # all of them; on brings them back`

// NewRulesCmd returns the command rules.
func NewRulesCmd(p *cli.Program) *cobra.Command {
	cmd := &cobra.Command{Use: "rules", Short: "Change traffic by hand: hold, edit, answer, delay or fail it", Long: rulesLong, Example: rulesExample}
	return cli.Group(cmd, cli.EndsAtOnce(newListCmd(p)), newAddCmd(p), newRemoveCmd(p), newSwitchCmd(p, true), newSwitchCmd(p, false),
		cli.EndsAtOnce(newHeldCmd(p)), newReleaseCmd(p))
}

// use runs f with the store.
func use(p *cli.Program, create bool, f func(*control.Lease) error) error {
	if create {
		st, err := p.Open(store.Options{Create: true})
		if err == nil {
			err = st.Close()
		}
		if err != nil {
			return err
		}
	}
	l := control.NewLease(p.Open)
	defer l.Close()
	return f(l)
}

// row is a rule in a list.
type row struct {
	rules.Rule
	Does    string `json:"does"`
	Matched *int64 `json:"matched"` // null if no proxy runs
}

func newListCmd(p *cli.Program) *cobra.Command {
	return p.AddJSON(&cobra.Command{
		Use: "ls", Short: "List the rules, with how often each matched since the proxy started",
		Example: "  spectap rules ls",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return use(p, false, func(l *control.Lease) error {
				list, err := rules.Read(cmd.Context(), l)
				if err != nil {
					return err
				}
				state, err := rules.ReadState(cmd.Context(), l)
				if err != nil && !errors.Is(err, rules.ErrNoProxy) {
					return err
				}
				var rows []row
				for _, r := range list {
					one := row{Rule: r, Does: r.Does()}
					if r.Action == rules.InjectHeader {
						one.Value = "" // it may be a secret
					}
					if n, ok := state.Matched[r.ID]; ok {
						one.Matched = &n
					}
					rows = append(rows, one)
				}
				return cli.PrintList(p, rows, "there are no rules", printRow)
			})
		},
	}, "print JSON")
}

func printRow(list *cli.Rows, r *row) error {
	state, matched := "on", "-"
	if r.Off {
		state = "off"
	}
	if r.Matched != nil {
		matched = strconv.FormatInt(*r.Matched, 10) + "x"
	}
	return list.Text(fmt.Sprintf("%-16s %-3s  %5s  %s: %s", r.ID, state, matched, r.Selects(), r.Does))
}

// addFlags are the flags of add.
type addFlags struct {
	name, replace, with, header, text, file, media string
	hold, fail, block, response                    bool
	respond, status                                int
	delay                                          time.Duration
}

func newAddCmd(p *cli.Program) *cobra.Command {
	var f addFlags
	cmd := &cobra.Command{
		Use: "add FILTER", Short: "Add a rule for the exchanges that a filter selects",
		Long: "Adds a rule, or replaces the one with that name. Exactly one of --hold, --respond, --delay, --status, --fail, --block,\n" +
			"--header and --replace says what it does. It applies at once.",
		Example: rulesExample[:strings.Index(rulesExample, "  spectap rules ls")],
		Args:    cli.Exactly(1, "one filter: '' selects everything"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := f.rule(cmd, args[0])
			if err != nil {
				return err
			}
			if r.ID = cmp.Or(f.name, "new"); r.Check() != nil {
				return cli.Misusef("add the rule: %w", oneLine(r.Check()))
			}
			err = use(p, true, func(l *control.Lease) error {
				return rules.Save(cmd.Context(), l, func(list []rules.Rule) ([]rules.Rule, error) {
					if r.ID = f.name; r.ID == "" {
						r.ID = rules.FreeID(list, r.Action)
					}
					next, _, err := rules.With(list, r)
					return next, err
				})
			})
			if err != nil {
				return fmt.Errorf("add the rule: %w", oneLine(err))
			}
			_, err = fmt.Fprintln(p.Stdout, r.ID)
			return err
		},
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.hold, "hold", false, fmt.Sprintf("let it wait for spectap rules release, %s at most", rules.HoldTime))
	fl.IntVar(&f.respond, "respond", 0, "answer with this `status` instead of asking the server")
	fl.StringVar(&f.text, "text", "", "with --respond: the `text` of the body")
	fl.StringVar(&f.file, "file", "", "with --respond: the `file` with the body, which is read for each answer")
	fl.StringVar(&f.media, "type", "", "with --respond: the `media` type; default: that of the file's name or of the text")
	fl.DurationVar(&f.delay, "delay", 0, "let it wait for this `time`, a minute at most")
	fl.IntVar(&f.status, "status", 0, "change the status of the response to this `status`")
	fl.BoolVar(&f.fail, "fail", false, "close the client's connection instead")
	fl.BoolVar(&f.block, "block", false, "answer 403 instead")
	fl.StringVar(&f.header, "header", "", "set this header: `'NAME: VALUE'`")
	fl.StringVar(&f.replace, "replace", "", "replace matches of this regular `expression` (RE2) in the body")
	fl.StringVar(&f.with, "with", "", `with --replace: the new `+"`text`"+`, where \1 to \9 are groups`)
	fl.BoolVar(&f.response, "response", false, "for the response, not the request")
	fl.StringVar(&f.name, "name", "", "the `name` of the rule; default: that of the action, with a number")
	return cmd
}

// rule returns the rule that the flags describe.
func (f *addFlags) rule(cmd *cobra.Command, text string) (rules.Rule, error) {
	r := rules.Rule{Filter: strings.TrimSpace(text), Phase: rules.Request}
	actions := map[string]string{"hold": rules.Hold, "respond": rules.Respond, "delay": rules.Delay, "status": rules.SetStatus,
		"fail": rules.Fail, "block": rules.Block, "header": rules.InjectHeader, "replace": rules.ReplaceBody}
	for name, action := range actions {
		if !cmd.Flags().Changed(name) {
			continue
		}
		if r.Action != "" {
			return r, cli.Usagef(cmd, "a rule does one thing: add another rule for --%s", name)
		}
		r.Action = action
	}
	if r.Action == "" {
		return r, cli.WithHint(cli.Misusef("what does the rule do?"), "--hold, --respond 503, --delay 2s, --status 500, --fail, --block, --header 'NAME: VALUE' or --replace TEXT")
	}
	parsed, err := filter.Parse(r.Filter, time.Now())
	if _, ok := errors.AsType[*filter.Error](err); ok {
		return r, cli.WithHint(cli.Misusef("%w", err), "a filter as in docs/filter.md, such as 'method:POST path:/orders'")
	}
	if f.response || r.Action == rules.SetStatus || parsed.Late(filter.Requested) != "" && r.Action != rules.Respond {
		r.Phase = rules.Response // the rule can only apply to the response
	}
	r.Status, r.Value, r.ContentType, r.DelayMS = f.respond+f.status, f.text+f.with, f.media, int(f.delay.Milliseconds())
	r.SearchPattern = f.replace
	if f.header != "" {
		name, value, _ := strings.Cut(f.header, ":")
		r.Key, r.Value = strings.TrimSpace(name), strings.TrimSpace(value)
	}
	if f.file != "" {
		if r.File, err = filepath.Abs(f.file); err == nil {
			_, err = bundle.ReadIn(filepath.Split(r.File)) // as the proxy does
		}
		if err != nil {
			return r, fmt.Errorf("--file %s: %w", f.file, cli.PlainPathError(err))
		}
	}
	return r, nil
}

// oneLine joins the lines of an error.
func oneLine(err error) error {
	if many := strings.Split(err.Error(), "\n"); len(many) > 1 {
		return errors.New(strings.Join(many, "; "))
	}
	return err
}

func newRemoveCmd(p *cli.Program) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use: "rm NAME...", Short: "Remove rules", Example: "  spectap rules rm hold-1\n  spectap rules rm --all",
		RunE: func(cmd *cobra.Command, args []string) error {
			if all != (len(args) == 0) {
				return cli.Usagef(cmd, "name the rules to remove, or give --all")
			}
			return use(p, false, func(l *control.Lease) error {
				return rules.Save(cmd.Context(), l, func(list []rules.Rule) ([]rules.Rule, error) {
					if all {
						return nil, nil
					}
					for _, id := range args {
						next, had := rules.Without(list, id)
						if !had {
							return nil, noRule(id)
						}
						list = next
					}
					return list, nil
				})
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "remove all rules, also those of agents")
	return cmd
}

func newSwitchCmd(p *cli.Program, off bool) *cobra.Command {
	verb, short := "on", "Bring rules back that are off; all of them without a name"
	if off {
		verb, short = "off", "Let rules rest; all of them without a name. What they hold is sent on"
	}
	return &cobra.Command{
		Use: verb + " [NAME...]", Short: short, Example: "  spectap rules " + verb + "\n  spectap rules " + verb + " hold-1",
		RunE: func(cmd *cobra.Command, args []string) error {
			return use(p, false, func(l *control.Lease) error {
				return rules.Save(cmd.Context(), l, func(list []rules.Rule) ([]rules.Rule, error) {
					next, unknown := rules.Switch(list, off, args...)
					if unknown != "" {
						return nil, noRule(unknown)
					}
					return next, nil
				})
			})
		},
	}
}

func noRule(id string) error {
	return cli.WithHint(fmt.Errorf("there is no rule %q", id), "spectap rules ls")
}

func newHeldCmd(p *cli.Program) *cobra.Command {
	return p.AddJSON(&cobra.Command{
		Use: "held [NUMBER]", Short: "List the messages that rules hold, or print one of them",
		Long:    "Lists the messages that rules hold, or prints one with placeholders for its secrets, as release --edited takes it.",
		Example: "  spectap rules held\n  spectap rules held 3 > message.txt",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return use(p, false, func(l *control.Lease) error {
				if len(args) == 1 {
					return printHeld(cmd.Context(), p, l, args[0])
				}
				s, err := rules.ReadState(cmd.Context(), l)
				none := "nothing is held"
				if errors.Is(err, rules.ErrNoProxy) {
					none, err = none+": "+err.Error(), nil
				}
				if err != nil {
					return err
				}
				return cli.PrintList(p, s.Held, none, func(list *cli.Rows, h *rules.Held) error {
					what := h.Phase
					if h.Status != 0 {
						what += " " + strconv.Itoa(h.Status) + " " + http.StatusText(h.Status)
					}
					return list.Text(fmt.Sprintf("%d  %s  %s %s  until %s, by %s", h.ID, what, h.Method, h.URL, h.Until.Local().Format("15:04:05"), h.Rule))
				})
			})
		},
	}, "print JSON")
}

func printHeld(ctx context.Context, p *cli.Program, l *control.Lease, number string) error {
	id, err := strconv.Atoi(number)
	if err != nil {
		return cli.Misusef("%q is no number of spectap rules held", number)
	}
	h, err := rules.ReadHeld(ctx, l, id)
	if err != nil {
		return noProxy(err)
	}
	if p.JSON {
		return p.PrintIndentedJSON(h)
	}
	if h.NoBody != "" {
		if err := p.Say("the body is not shown and stays as it is: %s", h.NoBody); err != nil {
			return err
		}
	}
	_, err = fmt.Fprint(p.Stdout, h.Text)
	return err
}

func newReleaseCmd(p *cli.Program) *cobra.Command {
	var drop, all bool
	var edited string
	cmd := &cobra.Command{
		Use: "release [NUMBER]", Short: "Send on a held message, edited or not, or drop it",
		Long: "Sends on a message that a rule holds. What is unchanged in an edited text stays as it was; a placeholder must stay\n" +
			"where it was, and its secret is sent.",
		Example: "  spectap rules release 3\n  spectap rules release 3 --edited message.txt\n  spectap rules release 3 --drop   # close the connection\n  spectap rules release --all",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) == 1) || all && edited != "" || drop && edited != "" {
				return cli.Usagef(cmd, "name one message of spectap rules held, or give --all")
			}
			return use(p, false, func(l *control.Lease) error {
				s, err := rules.ReadState(cmd.Context(), l)
				if err != nil {
					return noProxy(err)
				}
				d := rules.Decision{Drop: drop}
				if edited != "" {
					text, err := p.ReadInput("edited message", edited)
					if err != nil {
						return err
					}
					d.Text = string(text)
				}
				for _, h := range s.Held {
					if all || strconv.Itoa(h.ID) == args[0] {
						d.ID = h.ID
						if err := rules.Decide(cmd.Context(), l, d); err != nil && !all { // one of them may have ended meanwhile
							return fmt.Errorf("release %d: %w", h.ID, err)
						}
					}
				}
				if !all && d.ID == 0 {
					return cli.WithHint(fmt.Errorf("release %s: %w", args[0], rules.ErrNotHeld), "spectap rules held")
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&drop, "drop", false, "close the client's connection instead")
	cmd.Flags().StringVar(&edited, "edited", "", "send this `file`, an edited text of spectap rules held NUMBER; - is stdin")
	cmd.Flags().BoolVar(&all, "all", false, "all that are held")
	return cmd
}

// noProxy adds a hint to the error that no proxy runs.
func noProxy(err error) error {
	if errors.Is(err, rules.ErrNoProxy) {
		return cli.WithHint(err, "spectap proxy   # with the same --db")
	}
	return err
}
