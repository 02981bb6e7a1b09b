package merge

import (
	"cmp"
	"slices"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/yamledit"
)

// maxDepth bounds how deep combinations of schemas are followed.
const maxDepth = 16

// schema merges inferred into the schema under key of parent.
func (m *merger) schema(parent *yaml.Node, key string, inferred *yaml.Node) {
	if inferred == nil {
		return
	}
	old := yamledit.Get(parent, key)
	if old == nil {
		m.add(parent, key, inferred)
		return
	}
	core, nullable := withoutNull(inferred)
	if nullable && !m.admitsNull(old) {
		m.allowNull(parent, old)
		old = yamledit.Get(parent, key)
	}
	m.merge(old, core)
}

// withoutNull returns the part of an inferred schema about values other than null, and whether it
// admits null. A $ref with other keywords is in an allOf.
func withoutNull(n *yaml.Node) (core *yaml.Node, nullable bool) {
	if yamledit.Text(yamledit.Get(n, openapi.ExtAbsent)) == "true" {
		return yamledit.Mapping(), true
	}
	nullable = yamledit.Text(yamledit.Get(n, "nullable")) == "true"
	if all := yamledit.Items(yamledit.Get(n, "allOf")); len(all) == 1 {
		return all[0], nullable
	}
	if any := yamledit.Items(yamledit.Get(n, "anyOf")); len(any) == 2 && isNullSchema(any[1]) {
		return any[0], true
	}
	if slices.Contains(typesOf(n), "null") {
		nullable = true
	}
	return n, nullable
}

func isNullSchema(n *yaml.Node) bool {
	return len(n.Content) == 2 && slices.Equal(typesOf(n), []string{"null"})
}

func typesOf(n *yaml.Node) []string {
	t := yamledit.Get(n, "type")
	if t == nil {
		return nil
	}
	if t.Kind == yaml.ScalarNode {
		return []string{t.Value}
	}
	var out []string
	for _, c := range yamledit.Items(t) {
		out = append(out, c.Value)
	}
	return out
}

// merge adds what inferred says to old. Neither is nil.
func (m *merger) merge(old, inferred *yaml.Node) {
	if ref := yamledit.Text(yamledit.Get(inferred, "$ref")); ref != "" {
		if r := yamledit.Get(old, "$ref"); r != nil && (r.Line > 0 || m.renamed[r]) { // else it has a name of the inferred document
			m.matchComponents(yamledit.Text(r), ref)
		}
		inferred = yamledit.Lookup(m.inferred, ref)
	}
	old = m.follow(old)
	if old == nil || inferred == nil || len(inferred.Content) == 0 || m.merged[[2]*yaml.Node{old, inferred}] || old.Kind != yaml.MappingNode {
		return
	}
	m.merged[[2]*yaml.Node{old, inferred}] = true
	if yamledit.Get(inferred, "$ref") != nil {
		m.merge(old, inferred)
		return
	}
	if len(old.Content) == 0 { // an empty schema
		for k, v := range yamledit.Pairs(inferred) {
			if k.Value != openapi.ExtAbsent {
				m.add(old, k.Value, v)
			}
		}
		return
	}
	core := old
	if all := yamledit.Items(yamledit.Get(old, "allOf")); len(all) == 1 && yamledit.Get(all[0], "$ref") != nil {
		core = all[0] // a $ref with other keywords
	} else if any := yamledit.Items(yamledit.Get(old, "anyOf")); len(any) == 2 && isNullSchema(any[1]) {
		core = any[0]
	}
	if m.ours[old] && m.union(old, m.follow(core), inferred) {
		return
	}
	if core != old {
		m.merge(core, inferred)
		return
	}
	m.required(old, inferred)
	m.widen(old, inferred)
	if m.ours[old] {
		m.relax(old, inferred)
	}
	if m.contradicts(old, inferred) {
		return
	}
	m.properties(old, inferred)
	m.elements(old, inferred)
	for _, key := range []string{"oneOf", "anyOf"} {
		m.alternatives(yamledit.Get(old, key), yamledit.Get(inferred, key))
	}
	m.discriminator(yamledit.Get(old, "discriminator"), yamledit.Get(inferred, "discriminator"))
}

// elements merges the schemas of the elements of a list and of the values of a map.
func (m *merger) elements(old, inferred *yaml.Node) {
	if v := yamledit.Get(inferred, "items"); v != nil && isArray(old) {
		leave := m.enter("element")
		m.schema(old, "items", v)
		leave()
	}
	v, o := yamledit.Get(inferred, "additionalProperties"), yamledit.Get(old, "additionalProperties")
	switch {
	case v == nil || v.Kind != yaml.MappingNode || o == nil:
	case o.Kind == yaml.MappingNode:
		leave := m.enter("value")
		m.schema(old, "additionalProperties", v)
		leave()
	case o.Value == "false":
		m.skip("further properties", "additionalProperties is false")
	}
}

// matchComponents records that two references in the same place name the same component.
func (m *merger) matchComponents(old, inferred string) {
	oldName, ok1 := strings.CutPrefix(old, openapi.SchemaPrefix)
	name, ok2 := strings.CutPrefix(inferred, openapi.SchemaPrefix)
	if ok1 && ok2 && m.names[name] == "" {
		m.names[name] = oldName
	}
}

func isArray(n *yaml.Node) bool {
	return slices.Contains(typesOf(n), "array") || yamledit.Get(n, "items") != nil
}

func isObject(n *yaml.Node) bool {
	return slices.Contains(typesOf(n), "object") || yamledit.Get(n, "properties") != nil
}

// properties adds those that old lacks. A property that a part of an allOf has is merged there.
func (m *merger) properties(old, inferred *yaml.Node) {
	for k, v := range yamledit.Pairs(yamledit.Get(inferred, "properties")) {
		if owner := m.findProperties(old, k.Value, 0); owner != nil {
			leave := m.enter("property " + k.Value)
			m.schema(owner, k.Value, v)
			leave()
			continue
		}
		a := yamledit.Get(old, "additionalProperties")
		if a != nil && a.Kind == yaml.MappingNode && yamledit.Get(old, "properties") == nil {
			m.schema(old, "additionalProperties", v) // a map: the property is one of its values
			continue
		}
		mayBeObject := len(typesOf(old)) == 0 && !hasAny(old, "oneOf", "anyOf", "enum")
		if isObject(old) || yamledit.Get(old, "allOf") != nil || mayBeObject {
			m.add(m.section(old, "properties"), k.Value, v)
		} else {
			m.skip("property "+k.Value, "the schema is no object: it has "+keywordsOf(old))
		}
	}
}

// findProperties returns the mapping of properties, of a schema or in its allOf, that has a name.
func (m *merger) findProperties(n *yaml.Node, name string, depth int) *yaml.Node {
	n = m.follow(n)
	if depth > maxDepth || n == nil {
		return nil
	}
	if p := yamledit.Get(n, "properties"); yamledit.Get(p, name) != nil {
		return p
	}
	for _, a := range yamledit.Items(yamledit.Get(n, "allOf")) {
		if p := m.findProperties(a, name, depth+1); p != nil {
			return p
		}
	}
	return nil
}

// alternatives adds the alternatives that old lacks. Components are matched by name, other schemas
// by type.
func (m *merger) alternatives(old, inferred *yaml.Node) {
	if old == nil || inferred == nil || old.Kind != yaml.SequenceNode {
		return
	}
	m.alternative(old, yamledit.Items(inferred)...)
}

// alternative adds what old lacks of several schemas.
func (m *merger) alternative(old *yaml.Node, inferred ...*yaml.Node) {
	for _, n := range inferred {
		o, nested := m.findAlternative(yamledit.Items(old), n), yamledit.Items(yamledit.Get(n, "anyOf"))
		switch {
		case o == nil && nested != nil:
			m.alternative(old, nested...)
		case o == nil:
			m.push(old, n)
		default:
			core, nullable := withoutNull(n)
			if nullable && !m.admitsNull(o) {
				m.allowNull(old, o)
			}
			m.merge(o, core)
		}
	}
}

func (m *merger) findAlternative(old []*yaml.Node, inferred *yaml.Node) *yaml.Node {
	if ref := yamledit.Text(yamledit.Get(inferred, "$ref")); ref != "" {
		ref = m.oldReference(ref)
		for _, o := range old {
			if yamledit.Text(yamledit.Get(o, "$ref")) == ref {
				return o
			}
		}
		return nil
	}
	for _, o := range old {
		if m.isSameNode(o, inferred) {
			return o
		}
	}
	for _, o := range old {
		if yamledit.Get(o, "$ref") == nil && len(typesOf(inferred)) > 0 && slices.Equal(typesOf(o), typesOf(inferred)) {
			return o
		}
	}
	return nil
}

// isSameNode reports whether two nodes are equal, ignoring the names of components.
func (m *merger) isSameNode(old, inferred *yaml.Node) bool {
	x, err1 := yamledit.Data(old)
	y, err2 := yamledit.Data(inferred)
	return err1 == nil && err2 == nil && isSameData(x, m.withOldNames(y))
}

// withOldNames replaces the references in inferred data by those of the existing document, as far
// as they are known.
func (m *merger) withOldNames(v any) any {
	switch v := v.(type) {
	case map[string]any:
		delete(v, openapi.ExtAbsent)
		for k, x := range v {
			v[k] = m.withOldNames(x)
		}
	case []any:
		for i, x := range v {
			v[i] = m.withOldNames(x)
		}
	case string:
		if strings.HasPrefix(v, openapi.SchemaPrefix) {
			return m.oldReference(v)
		}
	}
	return v
}

// oldReference returns the reference in the existing document to a schema that the inferred
// document calls ref.
func (m *merger) oldReference(ref string) string {
	name := strings.TrimPrefix(ref, openapi.SchemaPrefix)
	return openapi.SchemaPrefix + cmp.Or(m.names[name], m.previous[name], name)
}

func (m *merger) discriminator(old, inferred *yaml.Node) {
	property := func(n *yaml.Node) string { return yamledit.Text(yamledit.Get(n, "propertyName")) }
	if old == nil || yamledit.Get(inferred, "mapping") == nil || property(old) != property(inferred) {
		return
	}
	for k, v := range yamledit.Pairs(yamledit.Get(inferred, "mapping")) {
		if yamledit.Get(old, "mapping", k.Value) == nil {
			m.add(m.section(old, "mapping"), k.Value, v)
		}
	}
}
