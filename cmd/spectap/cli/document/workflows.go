package document

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flows"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/workflow"
)

const workflowsExample = `  spectap export -o api.yaml && spectap workflows --spec api.yaml -o flows.arazzo.yaml
  spectap workflows                                     # on stdout, for the document of an export
  spectap workflows --host api.example.com --limit 50
  npx @redocly/cli respect flows.arazzo.yaml            # runs them against a server`

// Workflows is one run of the command workflows.
type workflows struct {
	p                 *cli.Program
	request           catalog.Request
	spec, out, format string
	limit             int
	doc               *openapi3.T
	sel               flows.Selection
	seen, steps       int
}

// NewWorkflowsCmd returns the command workflows.
func NewWorkflowsCmd(p *cli.Program) *cobra.Command {
	w := &workflows{p: p}
	cmd := &cobra.Command{
		Use:   "workflows",
		Short: "Write the chains of operations that recur in the traffic, as an Arazzo document",
		Long: `Finds chains of operations that clients repeat, such as sign in, create, read and delete, by the values
that go from a response to a later request. The Arazzo document names the operations of an OpenAPI
document: that of export, or --spec. It has no values of the traffic: what a client chose is an input.

A chain must recur, in one session or in several, and have a value that an answer made.`,
		Example: workflowsExample,
		RunE: func(cmd *cobra.Command, _ []string) error {
			format, err := cli.FormatFor(w.format, w.out)
			if err != nil {
				return cli.Usagef(cmd, "%w", err)
			}
			if w.limit < 0 {
				return cli.Usagef(cmd, "--limit %d: must not be negative", w.limit)
			}
			if err := w.sel.Parse(cmd, nil); err != nil {
				return err
			}
			return w.run(cmd.Context(), format)
		},
	}
	p.AddSessionFlag(cmd)
	p.AddOut(cmd, &w.out, "write to this `file` (default: stdout)")
	p.AddRefs(cmd)
	f := cmd.Flags()
	f.StringVar(&w.request.Host, "host", "", "the `host` whose operations are meant, with its port unless that is the default of the scheme")
	f.StringVar(&w.spec, "spec", "", "the OpenAPI `document` whose operations are named (default: what export writes, as api.yaml)")
	f.IntVar(&w.limit, "limit", workflow.DefaultLimit, "write at most `N` workflows; 0 writes all")
	f.StringVar(&w.format, "format", "", "json or yaml (default: by the file extension, else yaml)")
	return cmd
}

func (w *workflows) run(ctx context.Context, format openapi.Format) (err error) {
	if err := w.p.CheckOut("workflows", w.out); err != nil {
		return err
	}
	st, save, err := w.p.OpenLearningAt(w.p.DBPath())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	host := ""
	if w.spec != "" {
		host = w.request.Host
		w.doc, err = LoadSpec(ctx, w.p, w.spec)
	} else {
		var e *catalog.Document
		if e, err = w.p.NewCatalog(st, save).Document(ctx, w.request); err == nil {
			w.doc = e.OpenAPI
		}
	}
	if err != nil {
		return err
	}
	l, err := workflow.New(w.doc, host != "")
	if err != nil {
		return err
	}
	shown, end := w.p.Shown(st.Reader(), "reading")
	w.sel.Host = host
	for f, err := range w.sel.Flows(ctx, shown, false) {
		if err != nil {
			end()
			return fmt.Errorf("read flows: %w", err)
		}
		w.seen++
		if l.Add(&f) {
			w.steps++
		}
	}
	end()
	return w.write(ctx, l, format)
}

func (w *workflows) write(ctx context.Context, l *workflow.Learner, format openapi.Format) error {
	s := l.Workflows()
	all := len(s.Found)
	found := s.First(w.limit)
	if all == 0 {
		if w.steps == 0 && w.seen > 0 {
			return cli.WithHint(fmt.Errorf("no flow has an operation in %s", w.url()),
				"--host HOST, if the flows went to another host than the document's servers")
		}
		return cli.WithHint(fmt.Errorf("no chain of operations recurs in %s (%s seen once)", cli.Plural(w.seen, "flow"), cli.Plural(s.OneOff, "chain")),
			"spectap run -- COMMAND   # records a client; let it do each task twice")
	}
	title := "API"
	if w.doc.Info != nil {
		title = cmp.Or(w.doc.Info.Title, title)
	}
	var b bytes.Buffer
	if err := workflow.NewArazzo(title, w.url(), found).Encode(&b, format); err != nil {
		return err
	}
	if err := w.p.WriteOut(ctx, "workflows", w.out, b.Bytes()); err != nil {
		return err
	}
	name := cmp.Or(w.out, "-")
	if name == "-" {
		name = "stdout"
	}
	line := fmt.Sprintf("%s: %s from %s", name, cli.Plural(len(found), "workflow"), cli.Plural(w.seen, "flow"))
	if more := all - len(found); more > 0 {
		line += fmt.Sprintf("; %d more with --limit 0", more)
	}
	if s.OneOff > 0 {
		line += fmt.Sprintf("; left out: %s seen once", cli.Plural(s.OneOff, "chain"))
	}
	if s.TooLong > 0 {
		line += fmt.Sprintf("; left out: %s of too many steps", cli.Plural(s.TooLong, "run"))
	}
	if n := l.Left(); n > 0 {
		line += fmt.Sprintf("; %s not read, for lack of memory", cli.Plural(n, "flow"))
	}
	if err := w.p.Say("%s", line); err != nil || w.spec != "" {
		return err
	}
	return w.p.Say("spectap: the operations are those of %s beside it: spectap export -o %s", w.url(), w.url())
}

// url returns the URL of the OpenAPI document relative to the output file.
func (w *workflows) url() string {
	if w.spec == "" {
		return "api.yaml"
	}
	if cli.IsURL(w.spec) {
		return w.spec
	}
	if rel, err := filepath.Rel(filepath.Dir(cli.RealPath(cmp.Or(w.out, "."))), cli.RealPath(w.spec)); err == nil && w.out != "" && w.out != "-" {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(w.spec)
}
