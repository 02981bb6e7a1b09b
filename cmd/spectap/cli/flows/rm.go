package flows

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/hub"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/store"
)

const flowsRmExample = `  spectap flows rm 'host:tracker.example'
  spectap flows rm --dry-run 'time:<-30d'
  spectap flows rm 17 18                       # by number
  spectap flows rm --holding secret.txt        # flows that contain the text of a file
  spectap flows rm --db nats://127.0.0.1:4222/shop 'host:tracker.example'`

// removal is one run of `flows rm`.
type removal struct {
	p       *cli.Program
	sel     Selection
	all     bool
	dryRun  bool
	holding string
	numbers bool   // the filter consists of flow numbers only
	value   []byte // the content of the file that holding names
}

func newFlowsRmCmd(p *cli.Program) *cobra.Command {
	r := &removal{p: p}
	cmd := &cobra.Command{
		Use:   "rm FILTER… | NUMBER…",
		Short: "Remove captured flows",
		Long: `Removes captured flows from the store, and all learned data: the next export learns again from
the flows that remain. The file keeps its size; later flows use the free pages.
With a hub as --db, its readers and workers remove them too, and workers learn again.

The filter matches flows without redaction.

` + FilterHelp,
		Example: flowsRmExample,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := r.parse(cmd, args); err != nil {
				return err
			}
			return r.run(cmd.Context())
		},
	}
	cli.Annotate(cmd, hub.AnnotationChanges)
	f := cmd.Flags()
	f.StringVar(&r.sel.Host, "host", "", "only flows to this `host` (with its port, unless that is the default)")
	p.AddSessionFlag(cmd)
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
	if err := r.sel.Parse(cmd, args); err != nil {
		return err
	}
	if r.holding != "" {
		value, err := r.readValue()
		if err != nil {
			return err
		}
		r.value = value
	}
	something := !r.sel.all() || r.value != nil || r.p.Global.Session != ""
	if r.all && something {
		return cli.Usagef(cmd, "--all and a filter exclude each other")
	}
	if !r.all && !something {
		return cli.Usagef(cmd, "%s takes a filter, flow numbers, --session or --all", cmd.CommandPath())
	}
	return nil
}

// numberFilter returns a filter for arguments that are all flow numbers, or else "".
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
	data, err := r.p.ReadInput("value", r.holding)
	if err != nil {
		return nil, err
	}
	const least, most = 4, 64 << 10
	if data = bytes.TrimRight(data, "\r\n"); len(data) < least || len(data) > most {
		return nil, cli.WithHint(fmt.Errorf("read %s: the value has %d bytes, must have %d to %d: a shorter one is in too many flows",
			r.holding, len(data), least, most), "--holding FILE   # with the whole value, and nothing else")
	}
	return data, nil
}

func (r *removal) run(ctx context.Context) (err error) {
	st, err := hub.OpenToChange(r.p, store.Options{ReadOnly: r.dryRun})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	selected, n, err := r.find(ctx, st)
	if err != nil {
		return err
	}
	if r.dryRun {
		fmt.Fprintf(r.p.Stderr, "would remove %s\n", cli.Plural(n, "flow"))
		return nil
	}
	unsent, err := r.unsent(ctx, st, selected)
	if err != nil {
		return err
	}
	if n == 0 && r.numbers {
		return cli.WithHint(errors.New("no flow has this number"), "spectap flows ls --limit 20")
	}
	removed := 0
	if n > 0 {
		removed, err = r.p.Delete(ctx, st, store.Query{Only: selected})
		if err != nil {
			return err
		}
	}
	fmt.Fprintf(r.p.Stderr, "removed %s\n", cli.Plural(removed, "flow"))
	if unsent > 0 {
		fmt.Fprintf(r.p.Stderr, "spectap: the hub has not confirmed %s of these, and may never get them\n", cli.Plural(unsent, "flow"))
	}
	return nil
}

// unsent returns the number of records in a spool that no hub has confirmed.
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
	st, end := r.p.Shown(st, "searching")
	defer end()
	for f, err := range r.sel.Flows(ctx, st, r.value == nil) {
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

// containsValue reports whether value is anywhere in a flow: literally, percent-encoded, or in an
// encoded body.
func containsValue(f *flow.Flow, value []byte) bool {
	text := string(value)
	in := func(s string) bool {
		if strings.Contains(s, text) {
			return true
		}
		return strings.Contains(percentDecoded(s), text) ||
			strings.Contains(percentDecoded(strings.ReplaceAll(s, "+", " ")), text) // in queries and forms
	}
	message := func(h, trailer flow.Header, b flow.Body) bool {
		for _, x := range append(h[:len(h):len(h)], trailer...) {
			if in(x.Name) || in(x.Value) || inBasic(x.Value, text) {
				return true
			}
		}
		data, _, _ := decode.Body(h, b, 0)
		return in(string(data)) || bytes.Contains(b.Data, value) || strings.Contains(jsonUnescaped(string(data)), text)
	}
	for _, m := range f.Messages {
		if in(string(m.Data)) || strings.Contains(jsonUnescaped(string(m.Data)), text) {
			return true
		}
	}
	q := &f.Request
	return in(q.Path) || in(q.RawQuery) || in(f.Err) || in(q.Authority) || message(q.Header, q.Trailer, q.Body) ||
		f.Response != nil && message(f.Response.Header, f.Response.Trailer, f.Response.Body)
}

// inBasic reports whether the credentials of a Basic authorization contain text.
func inBasic(value, text string) bool {
	scheme, encoded, ok := strings.Cut(value, " ")
	if !ok || !strings.EqualFold(scheme, "basic") {
		return false
	}
	data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	return err == nil && strings.Contains(string(data), text)
}

// percentDecoded decodes the percent-encoding of s. It keeps percent signs that do not begin an
// escape.
func percentDecoded(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && ascii.IsHexDigit(s[i+1]) && ascii.IsHexDigit(s[i+2]) {
			b = append(b, ascii.HexValue(s[i+1])<<4|ascii.HexValue(s[i+2]))
			i += 2
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

// jsonUnescaped replaces the escape sequences of JSON strings in s. It returns "" if s has no
// escape sequence.
func jsonUnescaped(s string) string {
	if !strings.Contains(s, `\`) {
		return ""
	}
	s = unicodeEscapes.Get().ReplaceAllStringFunc(s, func(run string) string {
		var text string
		if json.Unmarshal([]byte(`"`+run+`"`), &text) != nil {
			return run
		}
		return text
	})
	return strings.NewReplacer(`\/`, "/", `\"`, `"`, `\\`, `\`, `\n`, "\n", `\t`, "\t").Replace(s)
}

// unicodeEscapes matches a run of escaped characters, which may be surrogate pairs.
var unicodeEscapes = lazyregexp.New(`(\\u[0-9a-fA-F]{4})+`)
