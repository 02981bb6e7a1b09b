package merge

import (
	"slices"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/yamledit"
)

// required relaxes the required properties of a schema that messages lacked.
func (m *merger) required(old, inferred *yaml.Node) {
	list, properties := yamledit.Get(old, "required"), yamledit.Get(inferred, "properties")
	if list == nil || properties == nil {
		return
	}
	isMap := yamledit.Get(inferred, "additionalProperties") != nil // the name may be one of its keys
	for i := len(yamledit.Items(list)) - 1; i >= 0; i-- {
		name := list.Content[i]
		isAbsent := containsScalar(yamledit.Items(yamledit.Get(inferred, openapi.ExtAbsent)), name)
		switch {
		case !isAbsent && (isMap || yamledit.Get(properties, name.Value) != nil):
		case !m.ours[old]:
			m.skip("messages without property "+name.Value, "the schema requires it")
		case len(list.Content) == 1:
			m.remove(old, "required")
		default:
			list.Content = slices.Delete(list.Content, i, i+1)
			m.changed = true
		}
	}
}

// optional relaxes a parameter or a request body that requests lacked.
func (m *merger) optional(old *yaml.Node, what string) {
	switch {
	case yamledit.Text(yamledit.Get(old, "required")) != "true":
	case m.ours[old]:
		m.remove(old, "required")
	default:
		m.skip("requests without "+what, "it is required")
	}
}

// withoutRequired makes what was added to an operation optional, unless a path needs it: requests
// that an earlier export knows lacked it.
func (m *merger) withoutRequired(op, added *yaml.Node) {
	if m.ours[op] && yamledit.Text(yamledit.Get(added, "in")) != "path" {
		yamledit.RemovePairs(added, func(k, _ *yaml.Node) bool { return k.Value == "required" })
	}
}

// isAccepted reports whether a server accepted requests of an inferred operation.
func isAccepted(inferred *yaml.Node) bool {
	for status := range yamledit.Pairs(yamledit.Get(inferred, "responses")) {
		if status.Value < "400" {
			return true
		}
	}
	return false
}

// missing relaxes the body and the query parameters that no request had. Inference leaves out many
// headers and cookies.
func (m *merger) missing(item, old, inferred *yaml.Node) {
	if body := m.follow(yamledit.Get(old, "requestBody")); body != nil && yamledit.Get(inferred, "requestBody") == nil {
		m.optional(body, "the body")
	}
	sent := yamledit.Mapping(yamledit.String("parameters"), yamledit.Sequence())
	for _, p := range yamledit.Items(yamledit.Get(inferred, "parameters")) {
		sent.Content[1].Content = append(sent.Content[1].Content, m.resolve(p))
	}
	for _, holder := range []*yaml.Node{item, old} {
		for _, p := range yamledit.Items(yamledit.Get(holder, "parameters")) {
			p = m.follow(p)
			in, name := yamledit.Text(yamledit.Get(p, "in")), yamledit.Text(yamledit.Get(p, "name"))
			if in != "query" || m.findParameter(sent, in, name) != nil {
				continue
			}
			leave := m.enter("parameter " + name)
			m.optional(p, "the parameter")
			leave()
		}
	}
}

// relax removes the values and the format that traffic contradicts from a schema.
func (m *merger) relax(old, inferred *yaml.Node) {
	if len(typesOf(inferred)) == 0 || hasAny(inferred, "enum", "const") {
		return
	}
	for _, key := range []string{"enum", "const"} {
		if yamledit.Get(old, key) != nil {
			m.remove(old, key)
		}
	}
	if f := yamledit.Text(yamledit.Get(old, "format")); f != "" && f != yamledit.Text(yamledit.Get(inferred, "format")) {
		m.remove(old, "format")
	}
}

// wrap makes a schema the first one of alternatives, and returns these.
func (m *merger) wrap(old *yaml.Node) (alternatives *yaml.Node) {
	first := yamledit.Mapping(old.Content...)
	if m.ours[old] {
		m.ours[first] = true
	}
	alternatives = yamledit.Sequence(first)
	old.Content = []*yaml.Node{yamledit.String("anyOf"), alternatives}
	m.changed = true
	return alternatives
}

// union makes a schema admit the types and alternatives of another one, if it does not. core is the
// schema without null. It reports false if the two can be merged as one schema.
func (m *merger) union(old, core, inferred *yaml.Node) bool {
	theirs := yamledit.Items(yamledit.Get(inferred, "anyOf"))
	if len(typesOf(old)) > 0 { // in 3.0 next to the reference
		core = old
	}
	_, foreign := foreignTypes(core, inferred)
	isPlain := !hasAny(core, "anyOf", "oneOf") && !hasAny(inferred, "anyOf", "oneOf")
	switch {
	case core == nil, isPlain && len(foreign) == 0, hasAny(core, "oneOf") && hasAny(inferred, "oneOf"):
		return false
	case hasAny(old, "anyOf"):
	case isPlain && m.v31 && !hasAny(old, "allOf") && !hasAny(old, "enum", "const", "format") && !hasAny(inferred, "enum", "const", "format"):
		list := yamledit.Sequence()
		for _, t := range append(typesOf(old), foreign...) {
			list.Content = append(list.Content, yamledit.String(t))
		}
		list.Style = yaml.FlowStyle
		m.replace(old, yamledit.Get(old, "type"), list)
		return false
	default:
		m.wrap(old)
	}
	if theirs == nil {
		theirs = []*yaml.Node{inferred}
	}
	m.alternative(yamledit.Get(old, "anyOf"), theirs...)
	return true
}
