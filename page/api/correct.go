package api

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/catalog/overrides"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/amend"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/page/wire"
)

// maxDiff bounds the diff of a document that is sent to the page, in bytes.
const maxDiff = 512 << 10

// Correction is a correction that a person wants to make, see [overrides.Ask].
type Correction struct {
	// Host is the authority of the document that the person looks at.
	Host string `json:"host"`
	// Version is the version of the corrections file that the person saw.
	Version string   `json:"version"`
	Kind    string   `json:"kind"`
	At      string   `json:"at"`
	To      string   `json:"to,omitempty"`
	Values  []string `json:"values,omitempty"`
}

// Corrected is the result of a correction.
type Corrected struct {
	What    string `json:"what"` // in words
	Path    string `json:"path"` // of the file
	Version string `json:"version"`
	// Host is the host of the changed document. It differs from the displayed host if a correction
	// assigned the flows of a host to the API of another.
	Host string `json:"host"`
	// Diff is the unified diff of the document. Cut means that it is truncated.
	Diff string `json:"diff"`
	Cut  bool   `json:"cut,omitzero"`
	// Misfits are other corrections that no longer fit.
	Misfits []string `json:"misfits"`
}

// correct makes a correction.
func (p *panel) correct(ctx context.Context, in Correction) (Corrected, error) {
	hosts, err := p.Documents.Hosts(ctx, describeTime)
	if err != nil {
		return Corrected{}, explained(err)
	}
	ask := overrides.Ask{Kind: in.Kind, At: in.At, To: in.To, Values: in.Values}
	if slices.ContainsFunc(hosts, func(h infer.HostSummary) bool { return h.Operations > 0 && h.Authority != in.Host }) { // limit it to this API
		ask.Host = in.Host
	}
	change, err := overrides.Make(ask)
	if err != nil {
		return Corrected{}, &wire.Error{Message: err.Error()}
	}
	return p.change(ctx, in.Host, in.Version, change)
}

// SegmentQuery names the last segment of a path, with the path of the servers.
type SegmentQuery struct {
	Host string `json:"host"` // of the document
	At   string `json:"at"`
}

// Literals are values of a parameter that a correction can make literals. Numbers and the like are
// counted and not kept.
type Literals struct {
	Values []string `json:"values"`
	All    bool     `json:"all,omitzero"` // there are no others
}

// literals returns the values of a parameter that are literals in a document in which all are.
func (p *panel) literals(ctx context.Context, in SegmentQuery) (Literals, error) {
	out := Literals{Values: []string{}, All: true}
	if !strings.HasPrefix(in.At, "/") || strings.HasSuffix(in.At, "/") {
		return out, fmt.Errorf("at must be a path such as /users/*, not %q", in.At)
	}
	_, have, err := p.read()
	if err != nil {
		return out, err
	}
	is, isNot := true, false
	literal, parameter := correction.Segment{Path: in.At, Parameter: &isNot}, correction.Segment{Path: in.At, Parameter: &is}
	next := have
	next.Segments = slices.Insert(slices.Clone(have.Segments), 0, literal)
	made := map[string]bool{} // false for those that are literals without it
	for _, c := range []*correction.Corrections{&next, &have} {
		d, err := p.Documents.Preview(ctx, catalog.Request{Hosts: []string{in.Host}}, describeTime, c)
		if err != nil {
			return out, explained(err)
		}
		prefix := amend.Prefix(&d.Decided)
		for _, o := range d.Decided.Operations {
			if literal.Concerns(o.Path, prefix) {
				made[segmentsOf(prefix + o.Path)[strings.Count(in.At, "/")-1].Text] = c == &next
			}
			out.All = out.All && (c == &have || !parameter.Concerns(o.Path, prefix))
		}
	}
	for _, v := range slices.Sorted(maps.Keys(made)) {
		if made[v] && p.Redact.Text(v) == v {
			out.Values = append(out.Values, v)
		}
	}
	out.All = out.All && len(out.Values) > 0
	return out, nil
}

// Removal names a correction in the file.
type Removal struct {
	Host    string `json:"host"` // of the document that the person looks at
	Version string `json:"version"`
	Section string `json:"section"`
	Key     string `json:"key"`
	Limit   string `json:"limit"` // the host that the correction is limited to
}

// remove removes a correction.
func (p *panel) remove(ctx context.Context, in Removal) (Corrected, error) {
	return p.change(ctx, in.Host, in.Version, overrides.Change{Section: in.Section, Host: in.Limit, Key: in.Key, Remove: true})
}

// read reads the file of corrections.
func (p *panel) read() (state overrides.State, have correction.Corrections, err error) {
	if p.Corrections == nil {
		return state, have, &wire.Error{Message: "this page cannot correct"}
	}
	if state, err = p.Corrections.Read(); err != nil {
		return state, have, wire.Readable(err)
	}
	if have, err = overrides.Parse(state.Text); err != nil {
		err = &wire.Error{Message: "read the corrections: " + err.Error(), Try: "mend " + p.Corrections.Path}
	}
	return state, have, err
}

// change changes the file, unless the document can then not be built or the correction fits
// nothing.
func (p *panel) change(ctx context.Context, host, version string, change overrides.Change) (Corrected, error) {
	state, have, err := p.read()
	if err != nil {
		return Corrected{}, err
	}
	change = change.Resolve(&have)
	out := Corrected{What: change.String(), Path: p.Corrections.Path}
	after, err := p.Corrections.Change(ctx, version, change, func(next *correction.Corrections) error {
		out.Host = changed(host, &have, next)
		e, err := p.effect(ctx, out.Host, &have, next)
		if err != nil {
			return err
		}
		for _, m := range e.Misfits {
			isNew := func(e overrides.Entry) bool { return e.Name == m.Key && !slices.Contains(overrides.List(&have), e) }
			if slices.ContainsFunc(overrides.List(next), isNew) {
				return &wire.Error{Message: "nothing fits: " + m.Reason}
			}
			out.Misfits = append(out.Misfits, m.String())
		}
		out.Diff, out.Cut = cut(e.Diff)
		return nil
	})
	out.Version = after.Version
	if err == nil && after.Version == state.Version {
		err = &wire.Error{Message: "the corrections say so already"}
	}
	return out, corrected(err)
}

// changed returns the host whose document a new set of corrections changes: the displayed host,
// unless the corrections move flows of a host to another API or back.
func changed(host string, before, after *correction.Corrections) string {
	for _, c := range []struct{ one, other map[string]string }{{after.Hosts, before.Hosts}, {before.Hosts, after.Hosts}} {
		for _, from := range slices.Sorted(maps.Keys(c.one)) {
			if to := c.one[from]; c.other[from] != to {
				return to
			}
		}
	}
	return host
}

// effect returns the changes that a new set of corrections makes to the document of a host.
func (p *panel) effect(ctx context.Context, host string, before, after *correction.Corrections) (overrides.Effect, error) {
	r := catalog.Request{Hosts: []string{host}}
	return overrides.Compare(ctx, func(c *correction.Corrections) (*catalog.Document, error) {
		return p.Documents.Preview(ctx, r, describeTime, c)
	}, before, after)
}

func cut(diff string) (string, bool) {
	if len(diff) <= maxDiff {
		return diff, false
	}
	return diff[:maxDiff], true
}

// corrected converts an error of a change to one for the person.
func corrected(err error) error {
	if errors.Is(err, overrides.ErrMoved) {
		return &wire.Error{Message: err.Error(), Try: "look again, and repeat it"}
	}
	return wire.Readable(explained(err))
}

// Version is a version of the corrections file.
type Version struct {
	Host    string `json:"host"` // of the document that the person looks at
	Version string `json:"version"`
}

// undo undoes the newest correction of a command or a page.
func (p *panel) undo(ctx context.Context, in Version) (Corrected, error) {
	_, have, err := p.read()
	if err != nil {
		return Corrected{}, err
	}
	u, err := p.Corrections.Undo(ctx, &in.Version)
	if err != nil {
		return Corrected{}, corrected(err)
	}
	out := Corrected{What: u.What, Path: p.Corrections.Path, Version: u.Version, Host: in.Host, Misfits: []string{}}
	next, err := overrides.Parse(u.Text)
	if err != nil {
		return out, nil // it is undone, and there is no document to compare
	}
	out.Host = changed(in.Host, &have, &next)
	if e, err := p.effect(ctx, out.Host, &have, &next); err == nil {
		out.Diff, out.Cut = cut(e.Diff)
	}
	return out, nil
}

// Corrections are all corrections of the file.
type Corrections struct {
	Path    string  `json:"path"`
	Version string  `json:"version"`
	Entries []Entry `json:"entries"`
	// Undo describes the change that the next undo reverts, or is "".
	Undo string `json:"undo"`
}

// Entry is one correction.
type Entry struct {
	Section string `json:"section"`
	Key     string `json:"key"`
	Limit   string `json:"limit"` // the host that it is limited to, or ""
	Says    string `json:"says"`
	Misfit  string `json:"misfit"` // why it no longer fits, or ""
}

// corrections lists the corrections, and marks those that no longer fit.
func (p *panel) corrections(ctx context.Context, _ wire.None) (Corrections, error) {
	out := Corrections{Entries: []Entry{}}
	if p.Corrections == nil {
		return out, nil
	}
	state, have, err := p.read()
	if err != nil {
		return out, err
	}
	out.Path, out.Version = p.Corrections.Path, state.Version
	hosts, err := p.Documents.Hosts(ctx, describeTime)
	if err != nil && !errors.Is(err, catalog.ErrNoFlows) {
		return out, explained(err)
	}
	var names []string
	for _, h := range hosts[:min(len(hosts), maxHosts)] {
		names = append(names, h.Authority)
	}
	misfits, err := overrides.Misfits(names, &have, func(host string) (*catalog.Document, error) {
		return p.Documents.Document(ctx, catalog.Request{Hosts: []string{host}}, describeTime)
	})
	if err != nil {
		return out, explained(err)
	}
	for _, e := range overrides.List(&have) {
		out.Entries = append(out.Entries, Entry{e.Section, e.Key, e.Host, e.Says, misfits[e.Name]})
	}
	if u, err := p.Corrections.Last(); err == nil {
		out.Undo = u.What
	}
	return out, nil
}

// maxHosts bounds the hosts whose documents are built to find corrections that no longer fit.
const maxHosts = 32

// version returns the version of the corrections file, or "" if it cannot be read.
func (p *panel) version() string {
	if p.Corrections == nil {
		return ""
	}
	state, err := p.Corrections.Read()
	if err != nil {
		return fmt.Sprint("unreadable: ", err)
	}
	return state.Version
}
