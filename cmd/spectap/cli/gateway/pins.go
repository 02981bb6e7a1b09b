package gateway

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/visible"
)

const pinsLong = `Shows and decides what the gateway, or serve, has quarantined. With --pins, spectap gateway remembers
how the server described its tools, prompts and resource templates, and itself; spectap serve
remembers the tools of its documents. What is new or described differently is neither listed nor
called until it is accepted here. A running gateway or serve follows at once. docs/pins.md says more.`

const pinsExample = `  spectap pins diff --pins pins.json                    # what waits, most important first
  spectap pins accept --pins pins.json send_mail@3f2a91c0
  spectap pins reject --pins pins.json send_mail@3f2a91c0`

// NewPinsCmd returns the command pins.
func NewPinsCmd(p *cli.Program) *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:     "pins",
		Short:   "Accept or reject changed definitions of tools",
		Long:    pinsLong,
		Example: pinsExample,
	}
	cmd.PersistentFlags().StringVar(&path, "pins", "", "the `file` of the pins, as given to spectap gateway or serve (required)")
	open := opener[openPins](func(cmd *cobra.Command) (pins openPins, err error) {
		if err = cli.NeedFile(cmd, "pins", path, "spectap gateway --pins or spectap serve --pins"); err != nil {
			return pins, err
		}
		if pins.Book, err = pin.OpenBook(path); err == nil {
			pins.all, err = pins.Entries()
		}
		return pins, err
	})
	return cli.Group(cmd,
		cli.EndsAtOnce(newPinsListCmd(p, open)), cli.EndsAtOnce(newPinsDiffCmd(p, open)),
		newPinsDecideCmd(p, open, true), newPinsDecideCmd(p, open, false),
	)
}

// openPins are the pins in the file that --pins names.
type openPins struct {
	*pin.Book
	all []pin.Entry
}

// pinRow is the printed form of an entry.
type pinRow struct {
	Ref     string       `json:"ref"` // the argument of accept and reject
	Server  string       `json:"server"`
	Kind    pin.Kind     `json:"kind"`
	Name    string       `json:"name"`
	Status  string       `json:"status"`
	Hash    string       `json:"hash"`
	Since   time.Time    `json:"since"`
	Changes []pinsChange `json:"changes,omitempty"`
	// Definition is the definition of a new entry, which has no earlier one to compare with.
	Definition map[string]json.RawMessage `json:"definition,omitempty"`
	Class      string                     `json:"class,omitempty"` // of a new tool, by name, schema and hints
}

type pinsChange struct {
	Weight string `json:"weight"`
	pin.Change
}

// shortHash is the length of a hash that a person types.
const shortHash = 12

func rowOf(e *pin.Entry) pinRow {
	v := cmp.Or(e.Waiting, e.Pinned)
	return pinRow{e.Ref() + "@" + v.Hash[:shortHash], e.Server, e.Kind, e.Name, e.Status().String(), v.Hash, v.Since, nil, nil, ""}
}

// typed returns a reference as a person types it. It is quoted if needed: the name of a server may
// have spaces.
func typed(ref string) string {
	if strings.ContainsAny(ref, " ()'\"?&$;") {
		return cli.ShellQuote(ref)
	}
	return ref
}

func newPinsListCmd(p *cli.Program, open opener[openPins]) *cobra.Command {
	return p.AddJSON(&cobra.Command{
		Use:     "ls",
		Short:   "List all pins, those that wait for a decision first",
		Example: "  spectap pins ls --pins pins.json",
		RunE: open.run(func(cmd *cobra.Command, pins openPins, _ []string) error {
			slices.SortStableFunc(pins.all, func(a, b pin.Entry) int { return order(&a) - order(&b) })
			var rows []pinRow
			for i := range pins.all {
				rows = append(rows, rowOf(&pins.all[i]))
			}
			return cli.PrintList(p, rows, "", func(list *cli.Rows, r *pinRow) error {
				return list.Text(fmt.Sprintf("%-8s  %s  %s", r.Status, list.Minute(r.Since), typed(r.Ref)))
			})
		}),
	}, "print JSON")
}

// order sorts waiting entries first, then rejected, then accepted ones.
func order(e *pin.Entry) int {
	return map[pin.Status]int{pin.Suspect: 0, pin.Changed: 0, pin.New: 1, pin.Rejected: 2, pin.Accepted: 3}[e.Status()]
}

func newPinsDiffCmd(p *cli.Program, open opener[openPins]) *cobra.Command {
	return p.AddJSON(&cobra.Command{
		Use:   "diff [NAME…]",
		Short: "Show what waits for a decision, and what differs from its pin",
		Example: `  spectap pins diff --pins pins.json
  spectap pins diff --pins pins.json send_mail`,
		Long: `Prints what is quarantined, or the named entries. Of what is new, all is shown. Changes are sorted:
first other requests, what lets a model send more, then weaker annotations, text that speaks to the model, characters
that do not show and names that look like another. The search for such text is a help, no proof.
Exit status 3 if anything waits.`,
		RunE: open.run(func(cmd *cobra.Command, pins openPins, args []string) error {
			rows := []pinRow{}
			named, err := namedPins(pins.all, args)
			if err != nil {
				return err
			}
			for _, e := range named {
				if e.Waiting == nil || len(args) == 0 && e.Rejected {
					continue
				}
				r := rowOf(e)
				if e.Pinned == nil {
					_ = json.Unmarshal(e.Waiting.Definition, &r.Definition) // it is an object, since it has a hash
					r.Class = classOfPin(e)
				}
				for _, c := range pin.Compare(e, pins.all) {
					r.Changes = append(r.Changes, pinsChange{c.Weight.String(), c})
				}
				rows = append(rows, r)
			}
			switch {
			case p.JSON:
				err = p.PrintIndentedJSON(rows)
			case len(rows) == 0:
				fmt.Fprintln(p.Stderr, "nothing waits for a decision")
			default:
				err = printPins(p, rows)
			}
			if err == nil && len(rows) > 0 {
				err = cli.ExitStatus(cli.ExitFound)
			}
			return err
		}),
	}, "print JSON")
}

// The length of a shown change, in characters: the difference, and as much context before and after
// it. Longer texts are abbreviated to both ends; --json has all.
const (
	maxChange    = 4000
	aroundChange = 200
)

// printPins prints the waiting entries with their changes.
func printPins(p *cli.Program, rows []pinRow) error {
	list := p.NewRows()
	var b strings.Builder
	for i, r := range rows {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s  %s since %s\n", typed(visible.Line(r.Ref)), r.Status, list.Minute(r.Since))
		if r.Class != "" {
			fmt.Fprintf(&b, "  class: %s\n", visible.Line(r.Class))
		}
		for _, name := range slices.Sorted(maps.Keys(r.Definition)) {
			fmt.Fprintf(&b, "  %s: %s\n", visible.Line(name), shownPin(string(r.Definition[name])))
		}
		for _, c := range r.Changes {
			fmt.Fprintf(&b, "  %s: %s: %s\n", c.Weight, visible.Line(c.Path), visible.Line(c.Why))
			was, now := visible.Differing(c.Old, c.New, aroundChange)
			for _, side := range []struct{ mark, text string }{{"-", was}, {"+", now}} {
				if side.text != "" {
					fmt.Fprintf(&b, "    %s %s\n", side.mark, shownPin(side.text))
				}
			}
		}
	}
	return list.Lines(b.String())
}

// classOfPin returns the class of a new tool and the reason for it, or "" if the entry is not a
// tool.
func classOfPin(e *pin.Entry) string {
	d, isObject := jsonvalue.Decode(e.Waiting.Definition).(map[string]any)
	if e.Kind != pin.Tool || !isObject {
		return ""
	}
	class, why := policy.ClassOf(policy.ClassFromDefinition(d))
	return class.String() + ": " + why
}

// shownPin formats a text of a definition for a person.
func shownPin(text string) string {
	return visible.LookalikeLine(visible.BothEnds(text, maxChange))
}

func newPinsDecideCmd(p *cli.Program, open opener[openPins], accept bool) *cobra.Command {
	verb, effect, past := "accept", "list and call", "accepted"
	if !accept {
		verb, effect, past = "reject", "go on refusing", "rejected"
	}
	return &cobra.Command{
		Use:     verb + " NAME@HASH…",
		Short:   fmt.Sprintf("Let the gateway, or serve, %s the definitions with these hashes", effect),
		Example: "  spectap pins " + verb + " --pins pins.json send_mail@3f2a91c0",
		Long: fmt.Sprintf(`Decides on definitions as spectap pins diff prints them. The hash binds the decision to what was
shown: if the server has changed its description since, nothing is %s.`, past),
		RunE: open.run(func(cmd *cobra.Command, pins openPins, args []string) error {
			if len(args) == 0 {
				return cli.Usagef(cmd, "%s takes what spectap pins diff prints: NAME@HASH", cmd.CommandPath())
			}
			decided := make([]*pin.Entry, len(args))
			for i, arg := range args { // check all of them before any decision
				e, err := waitingPin(pins.all, arg)
				if err != nil {
					return err
				}
				decided[i] = e
			}
			by, err := cli.ThisUser()
			if err != nil {
				return err
			}
			for i, e := range decided {
				for _, c := range pin.Compare(e, pins.all) { // the most important changes
					if accept && c.Weight < pin.TextChanged {
						fmt.Fprintf(p.Stderr, "%s: %s: %s: %s\n", e.Ref(), c.Weight, c.Path, c.Why)
					}
				}
				if err := pins.Decide(e, e.Waiting.Hash, accept, by); errors.Is(err, pin.ErrMoved) {
					return fmt.Errorf("%s: the server has described it differently meanwhile: see spectap pins diff", args[i])
				} else if err != nil {
					return err
				}
				fmt.Fprintf(p.Stderr, "%s: %s\n", e.Ref(), past)
			}
			return nil
		}),
	}
}

// waitingPin returns the entry that NAME@HASH names.
func waitingPin(all []pin.Entry, arg string) (*pin.Entry, error) {
	at := strings.LastIndexByte(arg, '@')
	if at < 0 {
		return nil, fmt.Errorf("%s has no hash: copy NAME@HASH from spectap pins diff, so that only what you saw is decided", arg)
	}
	name, hash := arg[:at], arg[at+1:]
	if len(hash) < shortHash {
		return nil, fmt.Errorf("%s: give at least %d characters of the hash", arg, shortHash)
	}
	found, err := namedPins(all, []string{name})
	if err != nil {
		return nil, err
	}
	e := found[0]
	switch {
	case e.Waiting == nil:
		return nil, fmt.Errorf("%s is accepted already: nothing waits for a decision", e.Ref())
	case !strings.HasPrefix(e.Waiting.Hash, hash):
		return nil, fmt.Errorf("%s: what waits has another hash: see spectap pins diff %s", arg, name)
	}
	return e, nil
}

// namedPins returns the entries of the given names: NAME, KIND:NAME or SERVER/KIND:NAME. No names
// mean all.
func namedPins(all []pin.Entry, names []string) ([]*pin.Entry, error) {
	var out []*pin.Entry
	if len(names) == 0 {
		for i := range all {
			out = append(out, &all[i])
		}
	}
	for _, name := range names {
		var found []*pin.Entry
		for i := range all {
			e := &all[i]
			if isNamed(e.Ref(), name) { // a name may look like a reference
				found = []*pin.Entry{e}
				break
			}
			if isNamed(e.Name, name) || isNamed(string(e.Kind)+":"+e.Name, name) {
				found = append(found, e)
			}
		}
		switch len(found) {
		case 0:
			return nil, fmt.Errorf("there is no pin of %s: spectap pins ls has the names", name)
		case 1:
			out = append(out, found[0])
		default:
			return nil, fmt.Errorf("%s names several pins: say %s or %s", name, found[0].Ref(), found[1].Ref())
		}
	}
	return out, nil
}

// isNamed reports whether a typed text stands for a name: it is the name itself, or the form that
// the terminal shows.
func isNamed(name, text string) bool { return text == name || text == visible.Line(name) }
