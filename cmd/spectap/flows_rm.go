package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/store"
)

const flowsRmExample = `  spectap flows rm 'host:tracker.example'
  spectap flows rm --dry-run 'time:<-30d'
  spectap flows rm 17 18                       # by number
  spectap flows rm --holding secret.txt        # flows that contain the text of a file
  spectap flows rm --db nats://127.0.0.1:4222/shop 'host:tracker.example'`

// removal is one run of `flows rm`.
type removal struct {
	p       *program
	sel     selection
	all     bool
	dryRun  bool
	holding string
	numbers bool   // the filter is of flow numbers alone
	value   []byte // the content of the file that holding names
}

func newFlowsRmCmd(p *program) *cobra.Command {
	r := &removal{p: p}
	cmd := &cobra.Command{
		Use:   "rm FILTER… | NUMBER…",
		Short: "Remove captured flows",
		Long: `Removes captured flows from the store, and all learned data: the next export learns again from
the flows that remain. The file keeps its size; later flows use the free pages.
With a hub as --db, its readers and workers remove them too, and workers learn again.

The filter matches flows without redaction.

` + filterHelp,
		Example: flowsRmExample,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := r.parse(cmd, args); err != nil {
				return err
			}
			return r.run(cmd.Context())
		},
	}
	annotate(cmd, annotationChanges)
	f := cmd.Flags()
	f.StringVar(&r.sel.host, "host", "", "only flows to this `host` (with its port, unless that is the default)")
	p.addSessionFlag(cmd)
	f.BoolVar(&r.all, "all", false, "remove every flow")
	f.BoolVar(&r.dryRun, "dry-run", false, "print how many flows would be removed, and remove none")
	f.StringVar(&r.holding, "holding", "",
		"only flows that contain the text of this `file` anywhere, such as a secret; - reads stdin, so that the "+
			"shell's history does not have it")
	return cmd
}

func (r *removal) parse(cmd *cobra.Command, args []string) error {
	if numbers := numberFilter(args); numbers != "" {
		args, r.numbers = []string{numbers}, true
	}
	if err := r.sel.parse(cmd, args); err != nil {
		return err
	}
	if r.holding != "" {
		value, err := r.readValue()
		if err != nil {
			return err
		}
		r.value = value
	}
	if !r.all && r.value == nil && strings.EqualFold(strings.Join(args, " "), "all") {
		return &hint{&misuse{errors.New(`all is a text to find in URLs; --all removes every flow`)}, cmd.CommandPath() + " --all"}
	}
	something := !r.sel.all() || r.value != nil || r.p.global.session != ""
	if r.all && something {
		return usagef(cmd, "--all and a filter exclude each other")
	}
	if !r.all && !something {
		return usagef(cmd, "%s takes a filter, flow numbers, --session or --all", cmd.CommandPath())
	}
	return nil
}

// numberFilter returns a filter for arguments that are all flow numbers, "" for other arguments.
func numberFilter(args []string) string {
	var terms []string
	for _, a := range args {
		n := strings.TrimPrefix(a, "#")
		if n == "" || strings.Trim(n, "0123456789") != "" {
			return ""
		}
		terms = append(terms, "number:"+n)
	}
	return strings.Join(terms, " or ")
}

// readValue reads the file of --holding, without line breaks at its end.
func (r *removal) readValue() ([]byte, error) {
	in := r.p.stdin
	if r.holding != "-" {
		f, err := os.Open(r.holding)
		if err != nil {
			return nil, namedFile(r.holding, fmt.Errorf("read %s: %w", r.holding, plainPathError(err)))
		}
		defer f.Close()
		in = f
	}
	const limit = 64 << 10
	const lineBreak = 2 // at most
	data, err := io.ReadAll(io.LimitReader(in, limit+lineBreak+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", r.holding, err)
	}
	hasMore := len(data) > limit+lineBreak
	data = bytes.TrimRight(data, "\r\n")
	switch {
	case hasMore || len(data) > limit:
		return nil, fmt.Errorf("read %s: more than %d bytes", r.holding, limit)
	case len(data) < 4:
		return nil, &hint{fmt.Errorf("read %s: the value must have at least 4 bytes, "+
			"since a shorter one is in too many flows", r.holding), "--holding FILE   # with the whole value, and nothing else"}
	}
	return data, nil
}

func (r *removal) run(ctx context.Context) (err error) {
	st, err := r.p.openToChange(store.Options{ReadOnly: r.dryRun})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	selected, n, err := r.find(ctx, st)
	if err != nil {
		return err
	}
	if r.dryRun {
		fmt.Fprintf(r.p.stderr, "would remove %s\n", plural(n, "flow"))
		return nil
	}
	unsent, err := r.unsent(ctx, st, selected)
	if err != nil {
		return err
	}
	if n == 0 && r.numbers {
		return &hint{errors.New("no flow has this number"), "spectap flows ls --limit 20"}
	}
	removed := 0
	if n > 0 {
		removed, err = st.Delete(ctx, store.Query{Only: selected})
		if err != nil {
			return err
		}
	}
	fmt.Fprintf(r.p.stderr, "removed %s\n", plural(removed, "flow"))
	if unsent > 0 {
		fmt.Fprintf(r.p.stderr, "spectap: the hub has not confirmed %s of these, and may never get them\n", plural(unsent, "flow"))
	}
	return nil
}

// unsent returns how many records of a spool no hub has confirmed.
func (r *removal) unsent(ctx context.Context, st store.Reader, selected store.Ranges) (n int, err error) {
	s, err := st.Stat(ctx)
	if err != nil || !s.Spool {
		return 0, err
	}
	for _, x := range selected {
		n += int(max(x.Last, s.Sent) - max(x.First-1, s.Sent))
	}
	return n, nil
}

// find returns the newest record numbers of the flows to remove.
func (r *removal) find(ctx context.Context, st store.Reader) (selected store.Ranges, n int, err error) {
	st, end := r.p.shown(st, "searching")
	defer end()
	for f, err := range r.sel.flows(ctx, st, r.value == nil) {
		if err != nil {
			return nil, 0, err
		}
		if r.value != nil && !containsValue(&f, r.value) {
			continue
		}
		selected = selected.Add(f.Last)
		n++
	}
	return selected, n, nil
}
