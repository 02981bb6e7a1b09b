package document

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/bundle"
	"github.com/spectap/spectap/openapi/diff"
	"github.com/spectap/spectap/openapi/lint"
	"github.com/spectap/spectap/openapi/report"
)

const diffExample = `  spectap diff old.yaml new.yaml
  spectap diff --breaking old.yaml new.yaml          # only changes that break clients
  spectap diff HEAD:api.yaml api.yaml                # what changed since the last commit
  spectap diff https://api.example.com/openapi.json api.yaml
  spectap diff --format github old.yaml new.yaml     # annotations in a pull request
  spectap export | spectap diff --shown api.yaml -   # what traffic shows and the document lacks
  spectap diff --write-accept accepted.yaml --reason "v2 is announced" old.yaml new.yaml
  spectap diff --accept accepted.yaml old.yaml new.yaml`

// acceptedDays is the number of days for which --write-accept accepts changes.
const acceptedDays = 90

// diffFlags are the flags of the command diff.
type diffFlags struct {
	breaking, shown, strict     bool
	accept, writeAccept, reason string
	out                         flagset.FindingFlags
}

// NewDiffCmd returns the command diff.
func NewDiffCmd(p *cli.Program) *cobra.Command {
	var o diffFlags
	cmd := &cobra.Command{
		Use:   "diff A B",
		Short: "List the changes between two documents, breaking changes first",
		Long: `Lists the changes from document A to B that concern clients of the API: the drift between two
versions, or between a document and an export. Documents are files, URLs, files of git revisions
such as main:api.yaml, or - for stdin, in JSON or YAML, of version 2.0 to 3.2. The exit status is 3
if a change breaks clients; --fail-on any makes it 3 for any change, --fail-on never 0. Changes are
grouped by severity and rule; a change of a schema that operations share is listed once. A value
that an enum of responses gains could break clients; with --strict it does.

What a document lacks that was inferred from traffic, as export writes it, merely did not occur: that
is no break. A member of answers that all had according to A, and none has in B, is one.
--shown lists only what the traffic shows and A does not have, and such members. spectap check says
which traffic breaks A, and spectap coverage what of A it did not reach.

--write-accept FILE writes the changes that break clients or could, for --accept FILE to leave out.
An accepted change has a rule, an operation, a text, a reason and the day until which it is accepted.`,
		Example: diffExample,
		Args:    cli.Exactly(2, "two documents"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.out.Check(cmd); err != nil {
				return err
			}
			if o.reason != "" && o.writeAccept == "" {
				return cli.Usagef(cmd, "--reason is for --write-accept")
			}
			return diffSpecs(cmd.Context(), p, args, &o)
		},
	}
	o.out.Register(cmd, "exit with 3 if there is such a `change`: breaking, any, never", "breaking", "any", "never")
	f := cmd.Flags()
	f.BoolVar(&o.breaking, "breaking", false, "print only breaking changes")
	f.BoolVar(&o.strict, "strict", false, "a value that an enum of responses gains breaks clients")
	f.BoolVar(&o.shown, "shown", false, "B was inferred from traffic: list only what the traffic shows and A does not have")
	f.StringVar(&o.accept, "accept", "", "leave out the changes that this `file` accepts")
	f.StringVar(&o.writeAccept, "write-accept", "", "write a `file` that accepts what breaks clients or could")
	p.AddRefs(cmd)
	f.StringVar(&o.reason, "reason", "", "why --write-accept accepts the changes")
	return cmd
}

func diffSpecs(ctx context.Context, p *cli.Program, files []string, o *diffFlags) error {
	var texts [2]*bundle.Result
	var docs [2]*openapi3.T
	for i, file := range files {
		var err error
		if texts[i], docs[i], err = Load(ctx, p, file, ""); err != nil {
			return err
		}
	}
	if o.shown {
		openapi.MarkInferred(docs[1])
	}
	inferred := [2]bool{openapi.IsInferred(docs[0]), openapi.IsInferred(docs[1])}
	changes, err := diff.Options{Strict: o.strict}.Documents(docs[0], docs[1])
	if errors.Is(err, diff.ErrTooMuch) {
		return err
	}
	if err != nil {
		for i, file := range files {
			if lint.Explain(ctx, texts[i].Text, nil, err) != err {
				return unreadable(ctx, file, texts[i], err)
			}
		}
		return cli.WithHint(err, "spectap validate "+cli.QuoteArg(files[0])+"; spectap validate "+cli.QuoteArg(files[1]))
	}
	if o.shown {
		changes = slices.DeleteFunc(changes, func(c diff.Change) bool { return !c.IsShown() })
	}
	all := len(changes)
	var kept []diff.Accepted
	if o.accept != "" {
		if changes, kept, err = acceptChanges(p, changes, o.accept); err != nil {
			return err
		}
	}
	if o.writeAccept != "" {
		if err := writeAccepted(ctx, p, kept, changes, o); err != nil {
			return err
		}
	}
	if err := printChanges(p, changes, files, o, all-len(changes)); err != nil {
		return err
	}
	for i, file := range files {
		if inferred[i] && !o.shown && o.out.Format == "text" {
			p.Say("%s was inferred from traffic: what it lacks did not occur, and is no break", file)
		}
	}
	if o.out.FailOn == "any" && len(changes) > 0 ||
		o.out.FailOn == "breaking" && len(changes) > 0 && changes[0].Level == diff.Breaking {
		return cli.ExitStatus(cli.ExitFound)
	}
	return nil
}

// acceptChanges removes changes that a file accepts, and prints the entries that match no change.
// It returns the entries that match some.
func acceptChanges(p *cli.Program, changes []diff.Change, file string) (left []diff.Change, kept []diff.Accepted, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, fmt.Errorf("read accepted changes: %w", err)
	}
	accepted, err := diff.ReadAccepted(text)
	if err != nil {
		return nil, nil, fmt.Errorf("read accepted changes: %s: %w", file, err)
	}
	left, expired, unused := diff.Accept(changes, accepted, time.Now())
	for _, a := range expired {
		err = errors.Join(err, p.Say("%s: accepted until %s only: %s %s", file, a.Until, a.Rule, a.Operation))
	}
	for _, a := range unused {
		err = errors.Join(err, p.Say("%s: there is no such change any more: %s %s", file, a.Rule, a.Operation))
	}
	kept = slices.DeleteFunc(accepted, func(a diff.Accepted) bool { return slices.Contains(expired, a) || slices.Contains(unused, a) })
	return left, kept, err
}

// writeAccepted writes the file of --write-accept. It keeps the reasons in an existing file.
func writeAccepted(ctx context.Context, p *cli.Program, kept []diff.Accepted, changes []diff.Change, o *diffFlags) error {
	if _, err := os.Stat(o.writeAccept); err == nil && o.writeAccept != o.accept {
		return cli.WithHint(fmt.Errorf("write accepted changes: %s exists", o.writeAccept),
			"--accept "+o.writeAccept+" as well   # keeps what it accepts")
	}
	grave := slices.DeleteFunc(slices.Clone(changes), func(c diff.Change) bool { return c.Level == diff.Info })
	data, err := diff.WriteAccepted(kept, grave, o.reason, time.Now().AddDate(0, 0, acceptedDays))
	if err != nil {
		return err
	}
	if err := p.WriteAgain(ctx, "accepted changes", o.writeAccept, data); err != nil {
		return err
	}
	need := ""
	if o.reason == "" {
		need = "; write the reason of each into it"
	}
	return p.Say("%s: %s for %d days%s", o.writeAccept, cli.Plural(len(grave), "accepted change"), acceptedDays, need)
}

// LoadSpec loads a document from a file, or from stdin if name is "-".
func LoadSpec(ctx context.Context, p *cli.Program, name string) (*openapi3.T, error) {
	_, doc, err := Load(ctx, p, name, "")
	return doc, err
}

// Load is LoadSpec that also returns the text, converted to a format unless that is "".
func Load(ctx context.Context, p *cli.Program, name string, as openapi.Format) (*bundle.Result, *openapi3.T, error) {
	r, err := p.ReadWhole(ctx, name, as)
	if err != nil {
		return nil, nil, err
	}
	doc, err := openapi.LoadContext(ctx, r.Text)
	if err != nil {
		return nil, nil, unreadable(ctx, name, r, err)
	}
	return r, doc, nil
}

// unreadable explains the error of loading a document, with the place in its text.
func unreadable(ctx context.Context, name string, r *bundle.Result, err error) error {
	position := func(pointer string) (file string, line, column int) {
		if file, line, column = r.Position(pointer); file == name {
			file = "" // the error names it
		}
		return file, line, column
	}
	if r.Files == 0 {
		position = nil
	}
	hint := "spectap validate " + cli.QuoteArg(name)
	if strings.HasSuffix(name, ".har") {
		hint = "spectap import " + cli.QuoteArg(name) + "   # it has traffic, against which check SPEC checks a document"
	}
	return cli.WithHint(fmt.Errorf("read %s: %w", name, lint.Explain(ctx, r.Text, position, err)), hint)
}

func printChanges(p *cli.Program, changes []diff.Change, files []string, o *diffFlags, accepted int) error {
	count := map[diff.Level]int{}
	selected := []diff.Change{}
	for _, c := range changes {
		count[c.Level]++
		if !o.breaking || c.Level == diff.Breaking {
			selected = append(selected, c)
		}
	}
	groups := diff.Groups(selected)
	summary := fmt.Sprintf("%d breaking, %d that could break, %s", count[diff.Breaking], count[diff.Warning], cli.Plural(count[diff.Info], "other"))
	if o.accept != "" {
		summary += fmt.Sprintf(", %d accepted", accepted)
	}
	switch o.out.Format {
	case "text":
	case "json":
		out := map[string]any{
			"changes": selected, "groups": groups,
			"breaking": count[diff.Breaking], "warning": count[diff.Warning], "info": count[diff.Info],
		}
		if o.accept != "" {
			out["accepted"] = accepted
		}
		return p.PrintIndentedJSON(out)
	default:
		return flagset.WriteReport(p, changeReport(groups, files, summary), files[1], o.out.Format)
	}
	var b strings.Builder
	list, last := &cli.Rows{W: &b, Columns: p.Columns()}, ""
	for i := range groups {
		g := &groups[i]
		if heading := string(g.Level) + "  " + g.ID; heading != last {
			list.Text(heading)
			last = heading
		}
		switch place := g.Place(someOperations); len(g.Operations) {
		case 0:
			list.Text("    " + g.Text)
		case 1:
			list.Text("    " + place + ": " + g.Text)
		default:
			list.Text("    " + g.Text)
			list.Text("        " + place)
		}
	}
	io.WriteString(p.Stdout, b.String())
	return p.Say("%s", summary)
}

// someOperations bounds the operations that are named for one change.
const someOperations = 3

// changeReport returns the report about changes. Its positions are in the new document, which a
// reader can change.
func changeReport(groups []diff.Group, files []string, summary string) *report.Report {
	r := &report.Report{Title: "API changes from " + files[0] + " to " + files[1], Summary: summary}
	levels := map[diff.Level]report.Level{diff.Breaking: report.Error, diff.Warning: report.Warning, diff.Info: report.Note}
	for i := range groups {
		g := &groups[i]
		f := report.Finding{Rule: g.ID, Level: levels[g.Level], Message: g.Text, Operation: g.Place(1), Schema: g.Schema}
		if len(g.Operations) > 1 {
			if f.Operation = ""; g.Schema == "" { // then its place is that of an operation
				f.Operation = g.Operations[0]
			}
			f.Message += " (" + g.Place(someOperations) + ")"
		}
		r.Findings = append(r.Findings, f)
	}
	return r
}
