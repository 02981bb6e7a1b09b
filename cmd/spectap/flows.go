package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/store"
)

const flowsExample = `  spectap flows ls --limit 20                  # the newest 20
  spectap flows ls 'host:api.example.com status:4xx method:POST'
  spectap flows ls --host api.example.com --json
  spectap flows show 17                        # one flow, with placeholders for secrets
  spectap flows tail status:5xx                # while a proxy records
  spectap flows show 17 --curl                 # as a curl command
  spectap flows export -o shop.har             # all of them, as a HAR
  spectap flows rm 'host:tracker.example'      # remove some`

func newFlowsCmd(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "flows",
		Short: "List, show, export and remove captured flows",
		Long: `Lists, shows, exports and removes captured flows. Without --reveal, placeholders replace secrets
and personal data. Equal values have equal placeholders.

` + filterHelp,
		Example: flowsExample,
	}
	cmd.AddCommand(endsAtOnce(newFlowsLsCmd(p)), endsAtOnce(newFlowsShowCmd(p)), newFlowsTailCmd(p),
		newFlowsExportCmd(p), newFlowsRmCmd(p))
	return cmd
}

// listing is one run of `flows ls`.
type listing struct {
	p      *program
	sel    selection
	count  bool
	json   bool
	reveal bool
	rows   *rows
}

func newFlowsLsCmd(p *program) *cobra.Command {
	l := &listing{p: p}
	cmd := &cobra.Command{
		Use:   "ls [FILTER…]",
		Short: "List captured flows, oldest first",
		Example: `  spectap flows ls
  spectap flows ls --session last
  spectap flows ls 'status:5xx method:POST'`,
		Long: `Lists captured flows, oldest first. Flows whose body was dropped for lack of memory are marked.
The number of flows that could not be recorded is printed on stderr. On a terminal, rows are shortened
to its width; with | cat they are whole.

` + filterHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			if l.count && l.json {
				return usagef(cmd, "--count and --json exclude each other")
			}
			if err := l.sel.parse(cmd, args); err != nil {
				return err
			}
			return l.run(cmd.Context())
		},
	}
	l.sel.addFlags(cmd)
	p.addSessionFlag(cmd)
	f := cmd.Flags()
	f.BoolVar(&l.count, "count", false, "print only the number of flows")
	f.BoolVar(&l.json, "json", false, "print one JSON object per line")
	f.BoolVar(&l.reveal, "reveal", false, "show secrets")
	return cmd
}

func (l *listing) run(ctx context.Context) error {
	defer l.p.relaxGC()()
	st, err := l.p.open(store.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer st.Close()
	red, err := l.p.redactor(ctx, st)
	if err != nil {
		return err
	}
	if !l.reveal {
		l.sel.redact = red.Flow
	}
	if l.count {
		return errors.Join(l.printCount(ctx, st), l.p.reportLosses(ctx, st, 0))
	}
	row := l.row
	if l.json {
		row = l.jsonRow
	}
	var first flow.Seq
	for f, err := range l.sel.flows(ctx, st, true) {
		if err != nil {
			return err
		}
		if first == 0 {
			first = f.Seq
		}
		if err := row(red, &f); err != nil {
			return err
		}
	}
	if first == 0 {
		if err := l.sayNone(ctx, st); err != nil {
			return err
		}
	}
	if l.sel.all() {
		first = 0 // losses before the first flow are among them
	}
	return l.p.reportLosses(ctx, st, first)
}

// fieldEquals is a term that was meant to be one with a field, such as status=500 or body~error.
var fieldEquals = lazyregexp.New(`^(-?[a-z.]+)(?:==?|=?~)(.*)`)

// otherOperators are operators of other filter languages. Here they are texts to find.
var otherOperators = map[string]string{"AND": "and", "&&": "and", "OR": "or", "NOT": "not"}

// methods are words that mean a method rather than a text in a URL.
var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

// statusText is a term that means a status rather than a text in a URL.
var statusText = lazyregexp.New(`^[1-5](?:\d\d|[xX]{2})$`)

// numberText is a filter that may mean a number of a flow.
var numberText = lazyregexp.New(`^[1-9][0-9]*$`)

// sayNone says that no flow matches a filter, and suggests the syntax of fields.
func (l *listing) sayNone(ctx context.Context, st store.Reader) error {
	s, err := st.Stat(ctx)
	if err != nil {
		return err
	}
	if s.Flows == 0 {
		of := "the store"
		if l.p.global.session != "" {
			of = "session " + l.p.global.session
		}
		fmt.Fprintf(l.p.stderr, "spectap: %s has no flows\n", of)
		if l.p.global.session != "" {
			l.p.sayTry("spectap sessions ls")
		} else {
			l.p.sayTry("spectap run -- CMD   # or: spectap import FILE")
		}
		return nil
	}
	fmt.Fprintf(l.p.stderr, "spectap: none of %s matches\n", plural(int(s.Flows), "flow"))
	terms := strings.Fields(l.sel.text)
	if len(terms) == 1 && numberText.MatchString(terms[0]) && !statusText.MatchString(terms[0]) {
		l.p.sayTry("spectap flows show %s   # %s is a text to find in URLs", terms[0], terms[0])
		return nil
	}
	if near := nearHost(terms, s.Hosts); near != "" {
		l.p.sayTry("spectap flows ls %s", quoteArg(near))
		return nil
	}
	var texts []string
	for i, term := range terms {
		if m := fieldEquals.Get().FindStringSubmatch(term); m != nil && isField(strings.TrimPrefix(m[1], "-")) {
			terms[i] = m[1] + ":" + m[2]
		} else if meant, ok := otherOperators[term]; ok {
			terms[i] = meant
		} else if slices.Contains(methods, strings.ToUpper(term)) {
			terms[i] = "method:" + strings.ToUpper(term)
		} else if statusText.MatchString(term) {
			terms[i] = "status:" + term
		} else {
			continue
		}
		texts = append(texts, term)
	}
	are := "is a text"
	if len(texts) > 1 {
		are = "are texts"
	}
	if len(texts) > 0 {
		l.p.sayTry("spectap flows ls %s   # %s %s to find", quoteArg(strings.Join(terms, " ")), strings.Join(texts, ", "), are)
	}
	return nil
}

// nearHost returns the terms of a filter with the host that an unknown one was meant to be, or "".
func nearHost[V any](terms []string, hosts map[string]V) string {
	names := slices.Sorted(maps.Keys(hosts))
	for i, term := range terms {
		name, ok := strings.CutPrefix(term, "host:")
		if !ok || len(names) == 0 || name == "" || strings.ContainsAny(name, "*,()~") || name[0] == '.' {
			continue
		}
		if _, is := hosts[strings.ToLower(name)]; is {
			continue
		}
		near := similarHost(name, names)
		if near == "" && len(names) == 1 || near == "" && strings.HasPrefix(names[0], name) {
			near = names[0]
		}
		if near != "" {
			terms[i] = "host:" + near
			return strings.Join(terms, " ")
		}
	}
	return ""
}

func (l *listing) printCount(ctx context.Context, st store.Reader) error {
	var n int64
	if l.sel.all() {
		s, err := st.Stat(ctx)
		if err != nil {
			return err
		}
		n = s.Flows
	} else {
		flows, end := l.p.shown(st, "searching")
		var err error
		n, err = l.sel.count(ctx, flows)
		end()
		if err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(l.p.stdout, n)
	return err
}

// row prints a flow as one line: number, time, method, status, size, type, host and path.
func (l *listing) row(red *redact.Redactor, f *flow.Flow) error {
	path := f.Request.Path
	query := f.Request.RawQuery
	if !l.reveal {
		path, query = red.Path(path), red.Query(query)
	}
	if query != "" {
		path += "?" + query
	}
	status, size, mediaType := "-", "-", ""
	if r := f.Response; r != nil {
		status, size, mediaType = strconv.Itoa(r.Status), shortSize(r.Body.Size), r.Header.MediaType()
	} else if !f.Done {
		status = "…"
	}
	mark := ""
	if t := f.Truncation(); t != "" {
		mark = "  (" + t + ")"
	}
	if l.rows == nil {
		l.rows = l.p.newRows()
	}
	when := f.Started.Local().Format("2006-01-02 15:04:05")
	if l.rows.narrow() {
		when = f.Started.Local().Format("01-02 15:04:05")
	}
	cells := fmt.Sprintf("%6d  %s  %-7s %3s ", f.Seq, when, visible.Line(f.Request.Method), status)
	if !l.rows.narrow() {
		cells += fmt.Sprintf("%6s  %-16s ", size, visible.Line(shortType(mediaType)))
	}
	return l.rows.print(cells, f.Request.Authority+path+mark)
}

// shortSize formats a number of bytes in at most six characters, with powers of 1000.
func shortSize(n int64) string {
	switch {
	case n < 1000:
		return strconv.FormatInt(n, 10)
	case n < 999_950: // which rounds to 1000.0k
		return fmt.Sprintf("%.1fk", float64(n)/1e3)
	case n < 999_950_000:
		return fmt.Sprintf("%.1fM", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1fG", float64(n)/1e9)
}

// shortType returns a media type without "application/", in at most 16 characters.
func shortType(mediaType string) string {
	t := strings.TrimPrefix(mediaType, "application/")
	if len(t) > 16 {
		t = t[:13] + "..."
	}
	return t
}
