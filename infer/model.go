// Package infer learns the description of an API from its traffic: flows become facts, and facts
// become decisions.
//
// A [Model] collects facts. They are counts and samples chosen by hash, and their size is bounded.
// Models merge with others in any order. [Model.Document] decides: templates, schemas, names,
// parameters and security, as a pure function of the facts. [Model.Explain] lists the evidence for
// a decision. The rules are in docs/inference.md.
//
// The package does no I/O, reads no clock, starts no goroutine and knows no vendor. It keeps no
// text that redaction would replace: values are counted by hash, and kept as text only if their
// name and shape are harmless. It describes each host on its own, unless [Options] select
// several.
//
//	m := infer.New()
//	for f := range flows {
//		m.Add(&f)
//	}
//	doc := m.Document(infer.Options{Hosts: []string{"api.example.com"}})
//
// Read model.go first. The files learn_*.go turn a flow into facts, facts_*.go hold the facts,
// decide_*.go make the document, whose types are in document.go, and explain_*.go explain it.
package infer

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/infer/site"
	"github.com/spectap/spectap/internal/varint"
)

// Model holds the facts of all traffic, by host. Use [New] to make one.
//
// Models form a commutative monoid under Merge, with New as the identity. Any order of Add, and any
// partition of the flows into merged models, gives the same encoding. A Model is not safe for
// concurrent use.
type Model struct {
	hosts   map[string]*host // by authority
	room    site.Room
	learner learner
}

// host holds the facts of one authority.
type host = site.Site

var payloads = site.Payloads{New: newPayload, Decode: decodePayload}

// New returns a model without facts.
func New() *Model { return &Model{hosts: map[string]*host{}} }

// host returns the facts of an authority, and adds empty ones first if necessary.
func (m *Model) host(authority string) *host {
	h := m.hosts[authority]
	if h == nil {
		h = payloads.Site()
		m.hosts[authority] = h
	}
	return h
}

// clear removes all facts.
func (m *Model) clear() { m.hosts, m.room = map[string]*host{}, site.Room{Most: m.room.Most} }

// Add learns from one flow, which must be Done. It keeps no reference to f. It never fails: it
// counts a flow that shows nothing about the API by the reason that [Noise] returns.
func (m *Model) Add(f *flow.Flow) {
	h := m.host(f.Request.Authority)
	h.Flows++
	if reason := Noise(f, true); reason != "" {
		h.Excluded[reason]++
		return
	}
	m.room.Use(h)
	m.learner.learn(h, f)
}

// Merge adds all facts of o. It keeps no reference to o.
func (m *Model) Merge(o *Model) {
	for authority, theirs := range o.hosts {
		h := m.host(authority)
		m.room.Use(h)
		h.Merge(theirs)
	}
}

// HostSummary describes the traffic of one host.
type HostSummary struct {
	Authority string
	// Flows counts all flows of the host.
	Flows int64
	// Operations counts the operations of the host's document.
	Operations int
}

// Owners returns the hosts, sorted, whose documents have the flows of some: those that corrections
// assign these to, if they exist, or else themselves.
func (m *Model) Owners(with *correction.Corrections, hosts ...string) []string {
	owners := slices.Clone(hosts)
	for i, a := range hosts {
		if to := with.Owner(a); m.hosts[to] != nil {
			owners[i] = to
		}
	}
	slices.Sort(owners)
	return slices.Compact(owners)
}

// Hosts returns a summary of each host that [Model.Owners] returns. It decides the document of
// each.
func (m *Model) Hosts(opts Options) []HostSummary {
	var out []HostSummary
	for _, a := range m.Owners(&opts.Corrections, m.Authorities()...) {
		opts.Hosts = []string{a}
		doc := m.Document(opts)
		out = append(out, HostSummary{a, doc.Flows, len(doc.Operations)})
	}
	return out
}

// Authorities returns the authorities of all hosts, sorted. Unlike [Model.Hosts] it decides
// nothing.
func (m *Model) Authorities() []string { return sortedKeys(m.hosts) }

// codecVersion changes whenever the encoding or the meaning of a fact changes. Facts of another
// version are discarded, and the model learns them again from the log.
const codecVersion = 25

// ErrVersion reports that an encoded model has another codec version.
var ErrVersion = errors.New("facts are of another version")

// AppendBinary appends the model's encoding, which depends on its facts only. It implements
// [encoding.BinaryAppender].
func (m *Model) AppendBinary(b []byte) ([]byte, error) {
	b = varint.Uint(b, codecVersion)
	b = varint.Uint(b, uint64(len(m.hosts)))
	for _, a := range sortedKeys(m.hosts) {
		h := m.hosts[a]
		b = varint.String(b, a)
		b = varint.Uint(b, uint64(h.Flows))
		b = varint.Uint(b, uint64(len(h.Excluded)))
		for _, reason := range sortedKeys(h.Excluded) {
			b = varint.Uint(varint.String(b, reason), uint64(h.Excluded[reason]))
		}
		var err error
		if b, err = h.Append(b); err != nil {
			return nil, fmt.Errorf("encode paths of %s: %w", a, err)
		}
	}
	return b, nil
}

// UnmarshalBinary replaces the model's facts with encoded ones. On an error, which is [ErrVersion]
// or [varint.ErrCorrupt], the model has no facts. It implements [encoding.BinaryUnmarshaler].
func (m *Model) UnmarshalBinary(b []byte) error {
	m.clear()
	r := varint.NewReader(b)
	if v := r.Uint(); r.Err() == nil && v != codecVersion {
		return ErrVersion
	}
	for n := r.Len(); n > 0 && r.Err() == nil; n-- {
		h := payloads.Site()
		m.hosts[r.String()] = h
		h.Flows = r.Count()
		for k := r.Len(); k > 0; k-- {
			h.Excluded[r.String()] = r.Count()
		}
		m.room.Use(h)
		if h.Read(r) != nil {
			m.clear()
			return ErrVersion
		}
	}
	if err := r.End(); err != nil {
		m.clear()
		return err
	}
	return nil
}

// MergeBinary adds encoded facts. Errors are those of UnmarshalBinary, and leave m as it is.
func (m *Model) MergeBinary(b []byte) error {
	var o Model
	if err := o.UnmarshalBinary(b); err != nil {
		return err
	}
	m.Merge(&o)
	return nil
}

// sortedKeys keeps map order out of everything that is decided or encoded.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
