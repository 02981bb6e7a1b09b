package flows

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/flow/redact"
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

// NewCmd returns the command flows.
func NewCmd(p *cli.Program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "flows",
		Short: "List, show, export and remove captured flows",
		Long: `Lists, shows, exports and removes captured flows. Without --reveal, placeholders replace secrets
and personal data. Equal values have equal placeholders.

` + FilterHelp,
		Example: flowsExample,
	}
	cmd.AddCommand(cli.EndsAtOnce(newFlowsLsCmd(p)), cli.EndsAtOnce(newFlowsShowCmd(p)), newFlowsTailCmd(p),
		newFlowsExportCmd(p), newFlowsRmCmd(p))
	return cmd
}

// listing is one run of `flows ls`.
type listing struct {
	p      *cli.Program
	sel    Selection
	count  bool
	reveal bool
	rows   *cli.Rows
	window int // of rows that are sorted by time, see list; 0 prints rows as they come
	waits  []listed
}

// listed is a row that waits to be sorted.
type listed struct {
	started     time.Time
	cells, last string
}

func newFlowsLsCmd(p *cli.Program) *cobra.Command {
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

` + FilterHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := flagset.Check(cmd, flagset.Exclude("count", "json", "")); err != nil {
				return err
			}
			if err := l.sel.Parse(cmd, args); err != nil {
				return err
			}
			return l.run(cmd.Context())
		},
	}
	l.sel.addFlags(cmd)
	p.AddSessionFlag(cmd)
	p.AddProtoFlag(cmd)
	f := cmd.Flags()
	f.BoolVar(&l.count, "count", false, "print only the number of flows")
	p.AddJSON(cmd, "print one JSON object per line")
	f.BoolVar(&l.reveal, "reveal", false, "show secrets")
	return cmd
}

func (l *listing) run(ctx context.Context) error {
	defer l.p.RelaxGC()()
	st, err := l.p.Open(store.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer st.Close()
	red, err := l.p.Redactor(ctx, st)
	if err != nil {
		return err
	}
	if l.sel.Redact, err = l.p.Viewer(ctx, st, l.reveal); err != nil {
		return err
	}
	if l.count {
		return errors.Join(l.printCount(ctx, st), ReportLosses(ctx, l.p, st, 0))
	}
	row := l.row
	if l.p.JSON {
		row = l.jsonRow
	}
	l.window = sortedWindow
	var first flow.Seq
	for f, err := range l.sel.Flows(ctx, st, true) {
		if err != nil {
			return err
		}
		first = cmp.Or(first, f.Seq)
		if err := row(red, &f); err != nil {
			return err
		}
	}
	if err := l.flush(len(l.waits)); err != nil {
		return err
	}
	if first == 0 {
		if err := l.sayNone(ctx, st); err != nil {
			return err
		}
	}
	if l.sel.all() {
		first = 0 // losses before the first flow are among them
	}
	return ReportLosses(ctx, l.p, st, first)
}

// sayNone prints that no flow matches a filter, and suggests the filter that was probably meant.
func (l *listing) sayNone(ctx context.Context, st store.Reader) error {
	s, err := st.Stat(ctx)
	if err != nil {
		return err
	}
	if s.Flows == 0 {
		fmt.Fprintf(l.p.Stderr, "spectap: %s\n", l.p.Explain(catalog.ErrNoFlows))
		l.p.SayTry("%s", l.p.HintFor(catalog.ErrNoFlows))
		return nil
	}
	fmt.Fprintf(l.p.Stderr, "spectap: none of %s matches\n", cli.Plural(int(s.Flows), "flow"))
	if near := nearHost(strings.Fields(l.sel.text), s.Hosts); near != "" {
		l.p.SayTry("spectap flows ls %s", cli.QuoteArg(near))
	} else if meant := filter.Suggest(l.sel.text); meant != "" {
		l.p.SayTry("spectap flows ls %s", cli.QuoteArg(meant))
	}
	return nil
}

// nearHost returns the terms of a filter with an unknown host replaced by the most similar one, or
// "".
func nearHost[V any](terms []string, hosts map[string]V) string {
	names := slices.Sorted(maps.Keys(hosts))
	for i, term := range terms {
		name, ok := strings.CutPrefix(term, "host:")
		if _, is := hosts[strings.ToLower(name)]; !ok || is || strings.ContainsAny(name, "*,()~") || strings.HasPrefix(name, ".") {
			continue
		}
		if near := cli.SimilarHost(name, names); near != "" {
			terms[i] = "host:" + near
			return strings.Join(terms, " ")
		}
	}
	return ""
}

func (l *listing) printCount(ctx context.Context, st store.Reader) error {
	flows, end := l.p.Shown(st, "searching")
	n, err := l.sel.Count(ctx, flows)
	if end(); err != nil {
		return err
	}
	_, err = fmt.Fprintln(l.p.Stdout, n)
	return err
}

// sortedWindow is the number of rows that are sorted by the start of their flows. The store has
// flows in the order in which they ended, and few flows stay open while a thousand others end.
const sortedWindow = 1000

// list prints a row, or keeps it to be sorted.
func (l *listing) list(r listed) error {
	l.waits = append(l.waits, r)
	if len(l.waits) >= 2*l.window {
		return l.flush(max(l.window, 1))
	}
	return nil
}

// flush prints the oldest n rows that wait.
func (l *listing) flush(n int) error {
	slices.SortStableFunc(l.waits, func(a, b listed) int { return a.started.Compare(b.started) })
	for _, r := range l.waits[:n] {
		if err := l.rows.Print(r.cells, r.last); err != nil {
			return err
		}
	}
	l.waits = slices.Delete(l.waits, 0, n)
	return nil
}

// row lists a flow as one line: number, start, method, status, size, time, type, host, path.
func (l *listing) row(red *redact.Redactor, f *flow.Flow) error {
	path := f.Request.Path
	query := f.Request.RawQuery
	if !l.reveal {
		path, query = red.Path(path), red.Query(query)
	}
	if query != "" {
		path += "?" + query
	}
	status, size, took, mediaType := "-", "-", "-", ""
	if r := f.Response; r != nil {
		status, size, mediaType = strconv.Itoa(r.Status), cli.ShortSize(r.Body.Size), r.Header.MediaType()
	} else if !f.Done {
		status = "…"
	} else if _, ok := f.Denied(); ok {
		status = "denied"
	} else {
		status = "failed"
	}
	mark := ""
	if t := f.Truncation(); t != "" {
		mark = "  (" + t + ")"
	}
	if f.Done {
		took = shortTook(f.Took)
	}
	if l.rows == nil {
		l.rows = l.p.NewRows()
		if l.window > 0 { // a tail has no window: programs read its lines immediately
			names := l.cells("#", "started", "method", "status", "size", "took", "type")
			if err := l.rows.Print(names, "host and path"); err != nil {
				return err
			}
		}
	}
	if l.window == 0 { // a tail lives on when its terminal is resized
		l.rows.Columns = l.p.Columns()
	}
	if why := f.Failure(); why != "" && f.Response == nil && l.rows.Columns == 0 { // a terminal has no room for it
		mark += "  (" + red.Text(why) + ")"
	}
	cells := l.cells(strconv.FormatUint(uint64(f.Seq), 10), l.rows.Second(f.Started), visible.Line(f.Request.Method), status, size, took,
		visible.Line(shortType(mediaType)))
	return l.list(listed{f.Started, cells, f.Request.Authority + path + mark})
}

// cells returns the cells of a row before the last, which has the host and the path.
func (l *listing) cells(number, started, method, status, size, took, kind string) string {
	if l.rows.Narrow() {
		return fmt.Sprintf("%6s  %-14s  %-7s %6s ", number, started, method, status)
	}
	return fmt.Sprintf("%6s  %-19s  %-7s %6s %6s  %6s  %-16s ", number, started, method, status, size, took, kind)
}

// shortTook formats a duration in at most six columns: "0.4ms", "12ms", "1.3s", "12m".
func shortTook(d time.Duration) string {
	switch {
	case d < 9950*time.Microsecond:
		return fmt.Sprintf("%.1fms", d.Seconds()*1000)
	case d < 999500*time.Microsecond:
		return fmt.Sprintf("%.0fms", d.Seconds()*1000)
	case d < 100*time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return fmt.Sprintf("%.0fm", d.Minutes())
}

// shortType returns a media type without "application/", in at most 16 characters.
func shortType(mediaType string) string {
	t := strings.TrimPrefix(mediaType, "application/")
	if len(t) > 16 {
		t = t[:13] + "..."
	}
	return t
}
