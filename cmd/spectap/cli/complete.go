package cli

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

// Shells ask the program for completions while a person waits after a key press. An answer takes at
// most CompletionTime and has at most MaxCompletions values.
const (
	completionTime = time.Second
	MaxCompletions = 200
)

// Candidate is a completion with a short description.
type Candidate struct{ Value, About string }

// Candidates returns completions. It returns when the context ends, and reports no errors, since a
// shell cannot show them. toComplete is the part of the value that was typed.
type Candidates func(ctx context.Context, cmd *cobra.Command, args []string, toComplete string) []Candidate

// Words is a fixed list of completions.
func Words(list ...string) Candidates {
	out := make([]Candidate, len(list))
	for i, w := range list {
		out[i].Value = w
	}
	return func(context.Context, *cobra.Command, []string, string) []Candidate { return out }
}

// Nothing offers no completions. It keeps shells from offering files.
var Nothing = Words()

// AnyOf joins lists.
func AnyOf(lists ...Candidates) Candidates {
	return func(ctx context.Context, cmd *cobra.Command, args []string, toComplete string) (all []Candidate) {
		for _, list := range lists {
			all = append(all, list(ctx, cmd, args, toComplete)...)
		}
		return all
	}
}

// First offers values for the first argument only.
func First(list Candidates) Candidates {
	return func(ctx context.Context, cmd *cobra.Command, args []string, toComplete string) []Candidate {
		if len(args) > 0 {
			return nil
		}
		return list(ctx, cmd, args, toComplete)
	}
}

// subcommandsOf are the subcommands of the command that the arguments name.
func subcommandsOf(_ context.Context, cmd *cobra.Command, args []string, _ string) (out []Candidate) {
	of, _, err := cmd.Root().Find(args)
	if err != nil {
		return nil
	}
	for _, c := range of.Commands() {
		if c.IsAvailableCommand() || c.IsAdditionalHelpTopicCommand() {
			out = append(out, Candidate{c.Name(), c.Short})
		}
	}
	return out
}

// CommandName is the path of a command without the name of the program.
func CommandName(cmd *cobra.Command) string {
	_, name, _ := strings.Cut(cmd.CommandPath(), " ")
	return name
}

// CutLast cuts s around the last sep. Without one, after is s.
func CutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", s, false
}

// Answer returns the function that cobra calls to answer a shell.
func Answer(list Candidates) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
		defer cancel()
		found, err := OrEnd(ctx, func() ([]Candidate, error) { return list(ctx, cmd, args, toComplete), nil })
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		directive := cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
		var out []cobra.Completion
		for _, c := range found {
			if len(out) == MaxCompletions {
				break
			}
			if !strings.HasPrefix(c.Value, toComplete) || !Typeable(c.Value) || slices.Contains(args, c.Value) {
				continue
			}
			if strings.ContainsRune(":.=", rune(c.Value[len(c.Value)-1])) { // the beginning of a term of a filter or of a change
				directive |= cobra.ShellCompDirectiveNoSpace
			}
			if about := Inert(c.About); about != "" {
				out = append(out, cobra.CompletionWithDesc(c.Value, about))
			} else {
				out = append(out, c.Value)
			}
		}
		return out, directive
	}
}

// MaxTypeable bounds the length of a value.
const MaxTypeable = 200

// Typeable reports whether every shell reads the value as one plain word without quotes. The names
// of hosts, paths and tags come from captured traffic, and completion scripts evaluate command
// lines, so other values are not offered.
func Typeable(value string) bool {
	if value == "" || len(value) > MaxTypeable || !isWordByte(value[0]) && value[0] != '/' {
		return false
	}
	for i := range len(value) {
		if !isWordByte(value[i]) && !strings.ContainsRune("/.:-+@,={}", rune(value[i])) {
			return false
		}
	}
	// bash and fish expand {a,b} and {1..9}.
	return !strings.Contains(value, "{") || !strings.Contains(value, ",") && !strings.Contains(value, "..")
}

// Inert returns a description without characters that a shell or a terminal could interpret.
func Inert(about string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && (isWordByte(byte(r)) || strings.ContainsRune(" /.-+,", r)) {
			return r
		}
		return '_'
	}, about)
}

func isWordByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_'
}

const (
	offeredPath  = 40   // columns of a path in a description
	OfferedFlows = 50   // flow numbers that are offered: the newest
	searchedTags = 5000 // newest flows whose tags are offered
)

// Lookup is a completion that is answered from the store.
type Lookup struct {
	p          *Program
	ctx        context.Context
	st         control.Store
	cmd        *cobra.Command
	Args       []string
	toComplete string
}

// Complete returns candidates from the store. A store is neither created nor upgraded for them.
func (p *Program) Complete(list func(*Lookup) []Candidate) Candidates {
	return func(ctx context.Context, cmd *cobra.Command, args []string, toComplete string) []Candidate {
		st, err := control.Open(ctx, p.DBPath(), store.Options{ReadOnly: true})
		if err != nil {
			return nil
		}
		defer st.Close()
		return list(&Lookup{p, ctx, st, cmd, args, toComplete})
	}
}

// HostsOf offers the hosts of the store, the busiest first.
func HostsOf(l *Lookup) []Candidate {
	stat, err := l.st.Stat(l.ctx)
	if err != nil {
		return nil
	}
	return byCount(stat.Hosts, "flow")
}

// byCount returns names with their counts, the largest first.
func byCount(counts map[string]int64, unit string) []Candidate {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	out := make([]Candidate, len(names))
	for i, name := range names {
		out[i] = Candidate{name, Plural(int(counts[name]), unit)}
	}
	return out
}

// newest yields the newest flows without their bodies and headers.
func (l *Lookup) newest(limit int) iter.Seq2[flow.Flow, error] {
	return l.st.Scan(l.ctx, store.Query{Newest: true, Brief: true, Limit: limit})
}

// FlowsOf offers the numbers of the newest flows, with the description that a list shows.
func FlowsOf(l *Lookup) (out []Candidate) {
	red, err := l.p.Redactor(l.ctx, l.st)
	if err != nil {
		return nil
	}
	for f, err := range l.newest(OfferedFlows) {
		if err != nil {
			return nil
		}
		about := f.Request.Method + " " + middle(red.Path(f.Request.Path), offeredPath)
		if f.Response != nil {
			about += " " + strconv.Itoa(f.Response.Status)
		}
		about += ", " + f.Request.Authority
		out = append(out, Candidate{strconv.FormatUint(uint64(f.Seq), 10), about})
	}
	return out
}

// SessionsOf offers the sessions, the newest first.
func SessionsOf(l *Lookup) []Candidate {
	all, err := l.st.Sessions(l.ctx)
	if err != nil || len(all) == 0 {
		return nil
	}
	out := []Candidate{{lastSession, "the newest"}}
	for _, s := range slices.Backward(all) {
		about := s.Started.Local().Format("2006-01-02 15.04")
		if len(s.Tags) > 0 {
			about += ", " + strings.Join(s.Tags, ", ")
		}
		out = append(out, Candidate{strconv.FormatUint(s.Number, 10), about})
	}
	return out
}

// TagsOf offers the tags of the newest flows and of all sessions.
func TagsOf(l *Lookup) []Candidate {
	counts := map[string]int64{}
	if all, err := l.st.Sessions(l.ctx); err == nil {
		for _, s := range all {
			for _, tag := range s.Tags {
				counts[tag] += 0 // its flows count below
			}
		}
	}
	for f, err := range l.newest(searchedTags) {
		if err != nil {
			break // offer what was found so far
		}
		for _, tag := range f.Tags {
			counts[tag]++
		}
	}
	return byCount(counts, "flow")
}

// FiltersOf offers fields of filters and, after a field, its values.
func FiltersOf(l *Lookup) (out []Candidate) {
	typed, _, hasField := strings.Cut(l.toComplete, ":")
	for _, f := range filter.Fields() {
		switch {
		case !hasField:
			out = append(out, Candidate{f.Name + ":", f.Wants})
		case f.Name != typed:
		case typed == "host":
			out = append(out, prefixed("host:", HostsOf(l))...)
		case typed == "tag":
			out = append(out, prefixed("tag:", TagsOf(l))...)
		case typed == "session":
			out = append(out, prefixed("session:", SessionsOf(l))...)
		default:
			for _, v := range f.Values {
				out = append(out, Candidate{Value: f.Name + ":" + v})
			}
		}
	}
	return out
}

func prefixed(prefix string, list []Candidate) (out []Candidate) {
	for _, c := range list {
		if Typeable(c.Value) { // without the field as well
			out = append(out, Candidate{prefix + c.Value, c.About})
		}
	}
	return out
}

// Inferred returns the document of the hosts that the flags select, or nil if there is none.
func (l *Lookup) Inferred() *infer.Document {
	r := catalog.Request{}
	if f := l.cmd.Flag("host"); f != nil {
		r.Host = f.Value.String()
	}
	r.MergeHosts = r.Host == ""
	doc, err := l.p.NewCatalog(l.st, catalog.SaveNever).Document(l.ctx, r)
	if err != nil {
		return nil
	}
	return &doc.Decided
}

// OperationsOf offers methods as the first argument, then the paths with that method.
func OperationsOf(l *Lookup) (out []Candidate) {
	if len(l.Args) > 1 {
		return nil
	}
	d := l.Inferred()
	if d == nil {
		return nil
	}
	methods := map[string]int64{}
	for i := range d.Operations {
		switch o := &d.Operations[i]; {
		case len(l.Args) == 0:
			methods[o.Method]++
			out = append(out, Candidate{o.ID, o.Summary})
		case strings.EqualFold(o.Method, l.Args[0]):
			out = append(out, Candidate{o.Path, o.Summary})
		}
	}
	return append(byCount(methods, "operation"), out...)
}
