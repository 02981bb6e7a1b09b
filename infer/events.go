package infer

import (
	"reflect"
	"strings"

	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/infer/wire"
)

const (
	// maxEvents bounds the names of events of one stream. More are data: topics, rooms, ids.
	maxEvents = 24
	// unnamedEvent is the type of events that name none (HTML standard, section 9.2.6).
	unnamedEvent = "message"
)

// eventFacts is what is known of the data of server-sent events of one name.
type eventFacts struct{ schema.Facts }

func (e *eventFacts) Clone() *eventFacts {
	c := &eventFacts{}
	c.Merge(e)
	return c
}

func (e *eventFacts) Merge(o *eventFacts) { e.Facts.Merge(&o.Facts) }

func (e *eventFacts) Append(b []byte) []byte {
	b, _ = wire.Nested(b, e.AppendBinary) // never fails: it only appends
	return b
}

func readEvent(r *wire.Reader) *eventFacts {
	e := &eventFacts{}
	if e.UnmarshalBinary(r.Bytes()) != nil {
		r.Fail()
	}
	return e
}

// addEvents folds the data of server-sent events by their names; those whose data is not JSON leave the stream opaque.
func (b *body) addEvents(m *mediaFacts, data []byte, complete bool) error {
	for e := range decode.Events(data) {
		if p := decode.FirstByte(e.Data); (p != '{' && p != '[') || !(complete || e.IsComplete) {
			continue
		}
		if e.Type == unnamedEvent || !isEventName(e.Type) {
			_ = b.reader.AddJSON(m.structured(), e.Data, true, b) // what is no JSON leaves nothing
			continue
		}
		m.namedEvents().Update(e.Type, func() *eventFacts { return &eventFacts{} }, func(f *eventFacts) {
			_ = b.reader.AddJSON(&f.Facts, e.Data, true, b)
		})
	}
	return nil
}

// isEventName says whether a name is a word as code writes it, of a kind of events: "order.created", "chat:v2". One with
// numbers of its own (room-17), anything random or personal is data, and what it came with counts as unnamed.
func isEventName(s string) bool {
	if !call.IsName(s) || redact.Weak.IsSensitive(s) {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			continue
		}
		if i == 0 || s[i-1]|0x20 < 'a' || s[i-1]|0x20 > 'z' || i+1 < len(s) && s[i+1] != '.' && s[i+1] != '_' && s[i+1] != '-' && s[i+1] != ':' && s[i+1] != '/' {
			return false // more than one digit, or one that is no part of a word
		}
	}
	return len(s) <= 64
}

func (m *mediaFacts) namedEvents() *bottomk.Map[*eventFacts] {
	return bottomk.Ensure(&m.events, maxEvents)
}

// eventTypes gives the facts of each name of events. Where there are more names than are kept, they tell nothing apart.
func (m *mediaFacts) eventTypes() map[string]*schema.Facts {
	out := map[string]*schema.Facts{}
	if m.body != nil && m.body.Exchanges() > 0 {
		out[unnamedEvent] = m.body
	}
	if m.events == nil {
		return out
	}
	if m.events.Overflowed() {
		all := &schema.Facts{}
		if m.body != nil {
			all.Merge(m.body)
		}
		for _, name := range m.events.Names() {
			all.Merge(&m.events.Get(name).Facts)
		}
		all.Merge(&m.events.Pooled().Facts)
		return map[string]*schema.Facts{unnamedEvent: all}
	}
	for _, name := range m.events.Names() {
		if f := m.events.Get(name); f.Exchanges() > 0 {
			out[name] = &f.Facts
		}
	}
	return out
}

// events plans a stream of named events: the data of each name has a schema of its own. It reports whether there are
// any names to tell.
func (p *schemaPlan) events(out *Media, facts *mediaFacts, base schema.Body, key string) bool {
	types := facts.eventTypes()
	if len(types) == 0 || facts.events == nil {
		return false
	}
	names := sortedKeys(types)
	if !facts.events.Overflowed() {
		for _, name := range names {
			out.Events = append(out.Events, Event{Name: name})
		}
	}
	schemas := make([]*schema.Schema, len(names))
	path := base.Nouns
	for i, name := range names {
		base.Key, base.Facts, base.Alternative = key+" "+name, types[name], len(names) > 1
		if thing := strings.Join(noun.Words(name), "_"); name != unnamedEvent && thing != "" {
			base.Nouns = append([]string{strings.TrimSuffix(thing, "_event") + "_event"}, path...)
		}
		p.add(base, func(s *schema.Schema) {
			schemas[i] = s
			if out.Events != nil {
				out.Events[i].Schema = s
			}
			out.Schema = anyOf(schemas)
		})
	}
	return true
}

// anyOf is what any of the schemas admits, equal ones once.
func anyOf(all []*schema.Schema) *schema.Schema {
	var out []*schema.Schema
next:
	for _, s := range all {
		if s == nil {
			continue
		}
		for _, o := range out {
			if reflect.DeepEqual(s, o) {
				continue next
			}
		}
		out = append(out, s)
	}
	if len(out) == 1 {
		return out[0]
	}
	return &schema.Schema{AnyOf: out}
}
