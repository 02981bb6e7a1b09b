package main

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/openapi"
	specfilter "github.com/spectap/spectap/openapi/filter"
	"github.com/spectap/spectap/openapi/lint"
	"github.com/spectap/spectap/store"
)

const (
	offeredPath  = 40   // columns of the path in a description
	offeredFlows = 50   // flow numbers that are offered: the newest
	searchedTags = 5000 // newest flows whose tags are offered
)

// lookup is one question of a shell that the store answers.
type lookup struct {
	p          *program
	ctx        context.Context
	st         control.Store
	cmd        *cobra.Command
	args       []string
	toComplete string
}

// complete returns candidates from the store. A store is neither created nor upgraded for them.
func (p *program) complete(list func(*lookup) []candidate) candidates {
	return func(ctx context.Context, cmd *cobra.Command, args []string, toComplete string) []candidate {
		st, err := control.Open(ctx, p.dbPath(), store.Options{ReadOnly: true})
		if err != nil {
			return nil
		}
		defer st.Close()
		return list(&lookup{p, ctx, st, cmd, args, toComplete})
	}
}

// hostsOf offers the hosts of the store, the busiest first.
func hostsOf(l *lookup) []candidate {
	stat, err := l.st.Stat(l.ctx)
	if err != nil {
		return nil
	}
	return byCount(stat.Hosts, "flow")
}

// byCount returns names with their counts, the largest first.
func byCount(counts map[string]int64, unit string) []candidate {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	out := make([]candidate, len(names))
	for i, name := range names {
		out[i] = candidate{name, plural(int(counts[name]), unit)}
	}
	return out
}

// newest yields the newest flows without their bodies and headers.
func (l *lookup) newest(limit int) iter.Seq2[flow.Flow, error] {
	return l.st.Scan(l.ctx, store.Query{Newest: true, Brief: true, Limit: limit})
}

// flowsOf offers the numbers of the newest flows, described by what a list shows of them.
func flowsOf(l *lookup) (out []candidate) {
	red, err := l.p.redactor(l.ctx, l.st)
	if err != nil {
		return nil
	}
	for f, err := range l.newest(offeredFlows) {
		if err != nil {
			return nil
		}
		about := f.Request.Method + " " + middle(red.Path(f.Request.Path), offeredPath)
		if f.Response != nil {
			about += " " + strconv.Itoa(f.Response.Status)
		}
		about += ", " + f.Request.Authority
		out = append(out, candidate{strconv.FormatUint(uint64(f.Seq), 10), about})
	}
	return out
}

// sessionsOf offers the sessions, the newest first.
func sessionsOf(l *lookup) []candidate {
	all, err := l.st.Sessions(l.ctx)
	if err != nil || len(all) == 0 {
		return nil
	}
	out := []candidate{{lastSession, "the newest"}}
	for _, s := range slices.Backward(all) {
		about := s.Started.Local().Format("2006-01-02 15.04")
		if len(s.Tags) > 0 {
			about += ", " + strings.Join(s.Tags, ", ")
		}
		out = append(out, candidate{strconv.FormatUint(s.Number, 10), about})
	}
	return out
}

// tagsOf offers the tags of the newest flows and of all sessions.
func tagsOf(l *lookup) []candidate {
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
			break // what was found by now is offered
		}
		for _, tag := range f.Tags {
			counts[tag]++
		}
	}
	return byCount(counts, "flow")
}

// filtersOf offers fields of filters and, after a field, its values.
func filtersOf(l *lookup) (out []candidate) {
	typed, _, hasField := strings.Cut(l.toComplete, ":")
	for _, f := range filter.Fields() {
		switch {
		case !hasField:
			out = append(out, candidate{f.Name + ":", f.Wants})
		case f.Name != typed:
		case typed == "host":
			out = append(out, prefixed("host:", hostsOf(l))...)
		case typed == "tag":
			out = append(out, prefixed("tag:", tagsOf(l))...)
		case typed == "session":
			out = append(out, prefixed("session:", sessionsOf(l))...)
		default:
			for _, v := range f.Values {
				out = append(out, candidate{value: f.Name + ":" + v})
			}
		}
	}
	return out
}

func prefixed(prefix string, list []candidate) (out []candidate) {
	for _, c := range list {
		if typeable(c.value) { // alone as well
			out = append(out, candidate{prefix + c.value, c.about})
		}
	}
	return out
}

// inferred returns the document of the hosts that the flags choose, nil if there is none.
func (l *lookup) inferred() *infer.Document {
	r := catalog.Request{}
	if f := l.cmd.Flag("host"); f != nil {
		r.Host = f.Value.String()
	}
	r.MergeHosts = r.Host == ""
	doc, err := l.p.newCatalog(l.st, catalog.SaveNever).Document(l.ctx, r)
	if err != nil {
		return nil
	}
	return &doc.Decided
}

// operationsOf offers methods, then the paths that have them.
func operationsOf(l *lookup) (out []candidate) {
	if len(l.args) > 1 {
		return nil
	}
	d := l.inferred()
	if d == nil {
		return nil
	}
	if len(l.args) == 0 {
		counts := map[string]int64{}
		for i := range d.Operations {
			counts[d.Operations[i].Method]++
		}
		out = byCount(counts, "operation")
		for i := range d.Operations {
			out = append(out, candidate{d.Operations[i].ID, d.Operations[i].Summary})
		}
		return out
	}
	for i := range d.Operations {
		o := &d.Operations[i]
		if strings.EqualFold(o.Method, l.args[0]) {
			out = append(out, candidate{o.Path, o.Summary})
		}
	}
	return out
}

// document reads the document that a command line names. Only a file of a usual size is read.
func document(cmd *cobra.Command, args []string) *openapi3.T {
	if cmd.Name() == "install" && len(args) > 0 {
		args = args[1:] // after the client
	}
	if len(args) == 0 || args[0] == "-" {
		return nil
	}
	const largest = 8 << 20
	data, err := readFile(args[0], largest)
	if err != nil {
		return nil
	}
	doc, err := openapi.Load(data)
	if err != nil {
		return nil
	}
	return doc
}

// documentTags offers the tags of the document that a command line names.
func documentTags(_ context.Context, cmd *cobra.Command, args []string, _ string) (out []candidate) {
	doc := document(cmd, args)
	if doc == nil {
		return nil
	}
	tags, _ := specfilter.Tags(doc)
	for _, tag := range tags {
		out = append(out, candidate{value: tag})
	}
	return out
}

// documentOperations offers the operationIds of the document that a command line names.
func documentOperations(_ context.Context, cmd *cobra.Command, args []string, _ string) (out []candidate) {
	doc := document(cmd, args)
	if doc == nil {
		return nil
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.OperationID != "" {
				out = append(out, candidate{op.OperationID, fmt.Sprintf("%s %s", method, path)})
			}
		}
	}
	slices.SortFunc(out, func(a, b candidate) int { return strings.Compare(a.value, b.value) })
	return out
}

// ruleNames are the names of the rules of lint.
func ruleNames(rules []lint.Rule) []string {
	out := make([]string, len(rules))
	for i, r := range rules {
		out[i] = r.ID
	}
	return out
}
