// Package infer turns flows into facts, and facts into decisions: an API description.
//
// A [Model] collects facts about traffic: counters, samples chosen by hash, never more than its bounds allow. It
// merges with other models in any order and shape. [Model.Document] decides, as a pure function of the facts; it
// is where templates, schemas, names, parameters and security come from. The rules stand in docs/inference.md.
//
// The package does no I/O, reads no clock, starts no goroutine and knows no vendor. It keeps no value that
// redaction would touch: values are counted by hash, and as text only where their name and shape are harmless.
// Hosts are kept apart and only described together when a [Policy] asks for it.
//
//	m := infer.New()
//	for f := range flows {
//		m.Add(&f)
//	}
//	doc := m.Document(infer.Policy{Hosts: []string{"api.example.com"}})
package infer

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer/route"
	"github.com/spectap/spectap/infer/wire"
)

// Model is what is known of all traffic: facts, by host. Its zero value is not ready; use New.
//
// Models form a commutative monoid: New is the identity, Merge the operation. Any order of Add and any
// partition of the flows merged in any shape gives models that encode to the same bytes. A Model is not safe
// for concurrent use.
type Model struct {
	hosts map[string]*host // by authority

	learner learner
}

// host is what is known of one authority.
type host struct {
	flows    int64
	excluded map[string]int64 // by reason, decided from a flow alone
	tree     *route.Tree
}

// New returns a model that knows nothing.
func New() *Model { return &Model{hosts: map[string]*host{}} }

func newHost() *host {
	return &host{excluded: map[string]int64{}, tree: route.New(newPayload, decodePayload)}
}

func (m *Model) host(authority string) *host {
	h := m.hosts[authority]
	if h == nil {
		h = newHost()
		m.hosts[authority] = h
	}
	return h
}

// Add learns from one flow. It keeps nothing of f. It never fails: a flow that says nothing is counted by reason.
// A flow that is not Done is not for Add: its completion is.
func (m *Model) Add(f *flow.Flow) {
	h := m.host(f.Request.Authority)
	h.flows++
	if reason := Noise(f); reason != "" {
		h.excluded[reason]++
		return
	}
	m.learner.learn(h, f)
}

// Merge adds all that o knows. It keeps nothing of o.
func (m *Model) Merge(o *Model) {
	for authority, theirs := range o.hosts {
		m.host(authority).merge(theirs)
	}
}

func (h *host) merge(o *host) {
	h.flows += o.flows
	for reason, n := range o.excluded {
		h.excluded[reason] += n
	}
	h.tree.Merge(o.tree)
}

// HostSummary counts one host's flows.
type HostSummary struct {
	Authority string
	Flows     int64
	// Operations counts the document's operations; it costs a decision.
	Operations int
}

// Hosts lists the hosts, sorted by authority.
func (m *Model) Hosts(p Policy) []HostSummary {
	var out []HostSummary
	for _, a := range sortedKeys(m.hosts) {
		p.Hosts = []string{a}
		doc := m.Document(p)
		out = append(out, HostSummary{a, m.hosts[a].flows, len(doc.Operations)})
	}
	return out
}

// Authorities lists the hosts' names, sorted. Unlike Hosts it costs nothing.
func (m *Model) Authorities() []string { return sortedKeys(m.hosts) }

// codecVersion changes whenever the encoding or the meaning of a fact does: facts of another version are learnt
// anew from the log.
const codecVersion = 12

// ErrVersion says that the facts are of another version.
var ErrVersion = errors.New("facts are of another version")

// AppendBinary appends the model's encoding, which is a function of its facts alone.
func (m *Model) AppendBinary(b []byte) ([]byte, error) {
	b = wire.Uint(b, codecVersion)
	b = wire.Uint(b, uint64(len(m.hosts)))
	for _, a := range sortedKeys(m.hosts) {
		h := m.hosts[a]
		b = wire.String(b, a)
		b = wire.Uint(b, uint64(h.flows))
		b = wire.Uint(b, uint64(len(h.excluded)))
		for _, reason := range sortedKeys(h.excluded) {
			b = wire.Uint(wire.String(b, reason), uint64(h.excluded[reason]))
		}
		var err error
		if b, err = wire.Nested(b, h.tree.AppendBinary); err != nil {
			return nil, fmt.Errorf("encode paths of %s: %w", a, err)
		}
	}
	return b, nil
}

// UnmarshalBinary replaces the model by an encoded one. It returns ErrVersion or wire.ErrCorrupt, and then the
// model knows nothing.
func (m *Model) UnmarshalBinary(b []byte) error {
	m.hosts = map[string]*host{}
	r := wire.NewReader(b)
	if v := r.Uint(); r.Err() == nil && v != codecVersion {
		return ErrVersion
	}
	for n := r.Len(); n > 0 && r.Err() == nil; n-- {
		h := newHost()
		m.hosts[r.String()] = h
		h.flows = r.Count()
		for k := r.Len(); k > 0; k-- {
			h.excluded[r.String()] = r.Count()
		}
		if err := h.tree.UnmarshalBinary(r.Bytes()); err != nil {
			r.Fail()
		}
	}
	if r.Rest() > 0 {
		r.Fail()
	}
	if r.Err() != nil {
		m.hosts = map[string]*host{}
		return r.Err()
	}
	return nil
}

// sortedKeys keeps map order out of everything that is decided or encoded.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
