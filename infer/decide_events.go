package infer

import (
	"reflect"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/schema"
)

// eventTypes returns the facts of each name of events. It pools all of them if there are more names
// than the facts hold.
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
		all.Merge(m.body)
		for _, name := range m.events.Names() {
			all.Merge(m.events.Get(name))
		}
		all.Merge(m.events.Pooled())
		return map[string]*schema.Facts{unnamedEvent: all}
	}
	for _, name := range m.events.Names() {
		if f := m.events.Get(name); f.Exchanges() > 0 {
			out[name] = f
		}
	}
	return out
}

// addEvents adds the bodies of a stream of server-sent events, one for each name of events. It
// reports whether the stream has named events.
func (p *schemaPlan) addEvents(out *Media, facts *mediaFacts, base schema.Body, key string) bool {
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
	nouns := base.Nouns
	for i, name := range names {
		base.Key, base.Facts = key+" "+name, types[name]
		if len(names) > 1 {
			base.Event = name
		}
		if words := strings.Join(noun.Words(name), "_"); name != unnamedEvent && words != "" {
			base.Nouns = append([]string{strings.TrimSuffix(words, "_event") + "_event"}, nouns...)
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

// anyOf returns a schema that accepts what any of the schemas accepts. Equal schemas occur once.
func anyOf(schemas []*schema.Schema) *schema.Schema {
	var distinct []*schema.Schema
	for _, s := range schemas {
		if s != nil && !slices.ContainsFunc(distinct, func(d *schema.Schema) bool { return reflect.DeepEqual(s, d) }) {
			distinct = append(distinct, s)
		}
	}
	if len(distinct) == 1 {
		return distinct[0]
	}
	return &schema.Schema{AnyOf: distinct}
}
