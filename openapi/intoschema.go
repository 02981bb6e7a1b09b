package openapi

import (
	"slices"
	"strings"

	"github.com/oasdiff/yaml3"
)

// schema merges now into the schema under key of parent.
func (m *merger) schema(parent *yaml.Node, key string, now *yaml.Node) {
	if now == nil {
		return
	}
	old := get(parent, key)
	if old == nil {
		m.add(parent, key, now)
		return
	}
	core, nullable := unwrap(now)
	if nullable && !m.admitsNull(old) {
		m.allowNull(parent, old)
		old = get(parent, key)
	}
	m.merge(old, core)
}

// unwrap takes "or null" off a schema of now.
func unwrap(n *yaml.Node) (core *yaml.Node, nullable bool) {
	if scalarText(get(n, "nullable")) == "true" {
		nullable = true
		if all := items(get(n, "allOf")); len(all) == 1 {
			return all[0], true
		}
	}
	if any := items(get(n, "anyOf")); len(any) == 2 && isNullSchema(any[1]) {
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
	t := get(n, "type")
	if t == nil {
		return nil
	}
	if t.Kind == yaml.ScalarNode {
		return []string{t.Value}
	}
	var out []string
	for _, c := range items(t) {
		out = append(out, c.Value)
	}
	return out
}

// merge adds what now says to old; both are schemas that are there.
func (m *merger) merge(old, now *yaml.Node) {
	if a, b := scalarText(get(old, "$ref")), scalarText(get(now, "$ref")); b != "" {
		if a != "" && strings.HasPrefix(a, schemaPrefix) && strings.HasPrefix(b, schemaPrefix) {
			if name := strings.TrimPrefix(b, schemaPrefix); m.names[name] == "" {
				m.names[name] = strings.TrimPrefix(a, schemaPrefix)
			}
		}
		now = lookup(m.now, b)
	}
	old = m.follow(old)
	if old == nil || now == nil || m.done[[2]*yaml.Node{old, now}] || old.Kind != yaml.MappingNode {
		return
	}
	m.done[[2]*yaml.Node{old, now}] = true
	if b := get(now, "$ref"); b != nil {
		m.merge(old, now)
		return
	}
	if len(old.Content) == 0 { // nothing was known
		each(now, func(k, v *yaml.Node) { m.add(old, k.Value, v) })
		return
	}
	if all := items(get(old, "allOf")); len(all) == 1 && get(all[0], "$ref") != nil {
		m.merge(all[0], now) // a $ref with company
		return
	}
	if any := items(get(old, "anyOf")); len(any) == 2 && isNullSchema(any[1]) {
		m.merge(any[0], now)
		return
	}
	m.widen(old, now)
	m.properties(old, now)
	if v := get(now, "items"); v != nil && m.has(old, "array") {
		m.schema(old, "items", v)
	}
	if v := get(now, "additionalProperties"); v != nil && v.Kind == yaml.MappingNode {
		if mine := get(old, "additionalProperties"); mine != nil && mine.Kind == yaml.MappingNode {
			m.schema(old, "additionalProperties", v)
		}
	}
	for _, key := range []string{"oneOf", "anyOf"} {
		m.alternatives(get(old, key), get(now, key))
	}
	m.mapping(get(old, "discriminator"), get(now, "discriminator"))
}

func (m *merger) has(n *yaml.Node, kind string) bool {
	return slices.Contains(typesOf(n), kind) || kind == "array" && get(n, "items") != nil || kind == "object" && get(n, "properties") != nil
}

// widen lets numbers have fractions and enums have the values that were seen.
func (m *merger) widen(old, now *yaml.Node) {
	if slices.Contains(typesOf(now), "number") && !slices.Contains(typesOf(old), "number") {
		t := get(old, "type")
		switch {
		case t == nil:
		case t.Kind == yaml.ScalarNode && t.Value == "integer":
			m.replace(old, t, yamlString("number"))
		default:
			for _, c := range items(t) {
				if c.Value == "integer" {
					m.replace(t, c, yamlString("number"))
				}
			}
		}
		if f := get(old, "format"); f != nil && (f.Value == "int32" || f.Value == "int64") && m.was[get(old, "type")] != nil {
			m.replace(old, f, yamlString("double"))
		}
	}
	values := items(get(now, "enum"))
	if c := get(now, "const"); c != nil {
		values = []*yaml.Node{c}
	}
	if c := get(old, "const"); c != nil && len(values) > 0 && !containsScalar([]*yaml.Node{c}, values) {
		m.constToEnum(old, c)
	}
	if enum := get(old, "enum"); enum != nil && enum.Kind == yaml.SequenceNode {
		for _, v := range values {
			if !containsScalar(enum.Content, []*yaml.Node{v}) {
				m.push(enum, v)
			}
		}
	}
}

// containsScalar says whether all of part are in list.
func containsScalar(list, part []*yaml.Node) bool {
	for _, p := range part {
		if !slices.ContainsFunc(list, func(n *yaml.Node) bool { return n.Value == p.Value && n.ShortTag() == p.ShortTag() }) {
			return false
		}
	}
	return true
}

// constToEnum makes room for more values. A key cannot be renamed in place: both stay, const as what it was is gone.
func (m *merger) constToEnum(old, c *yaml.Node) {
	for i := 0; i+1 < len(old.Content); i += 2 {
		if old.Content[i+1] == c {
			key := yamlString("enum")
			m.was[key] = old.Content[i]
			old.Content[i] = key
			m.replaceAt(old, i+1, &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle, Content: []*yaml.Node{copyNode(c)}})
		}
	}
}

func (m *merger) replace(parent, old, now *yaml.Node) {
	if i := slices.Index(parent.Content, old); i >= 0 {
		m.replaceAt(parent, i, now)
	}
}

func (m *merger) replaceAt(parent *yaml.Node, i int, now *yaml.Node) {
	old := parent.Content[i]
	if was := m.was[old]; was != nil { // once more
		delete(m.was, old)
		old = was
	}
	if old.Line > 0 {
		m.was[now] = old
	}
	parent.Content[i] = now
	m.changed = true
}

// properties adds those that old lacks, wherever in an allOf they could be.
func (m *merger) properties(old, now *yaml.Node) {
	each(get(now, "properties"), func(k, v *yaml.Node) {
		if owner := m.owner(old, k.Value, 0); owner != nil {
			m.schema(owner, k.Value, v)
			return
		}
		if a := get(old, "additionalProperties"); a != nil && a.Kind == yaml.MappingNode && get(old, "properties") == nil {
			m.schema(old, "additionalProperties", v) // a map: what was seen is one of its values
			return
		}
		if m.has(old, "object") || get(old, "allOf") != nil || len(typesOf(old)) == 0 && get(old, "oneOf") == nil && get(old, "anyOf") == nil && get(old, "enum") == nil {
			m.add(m.section(old, "properties"), k.Value, v)
		}
	})
}

// owner finds the properties mapping that has a property.
func (m *merger) owner(n *yaml.Node, name string, depth int) *yaml.Node {
	n = m.follow(n)
	if depth > maxView || n == nil {
		return nil
	}
	if p := get(n, "properties"); get(p, name) != nil {
		return p
	}
	for _, a := range items(get(n, "allOf")) {
		if p := m.owner(a, name, depth+1); p != nil {
			return p
		}
	}
	return nil
}

// alternatives adds those of now that old has not: components by name, the others by type.
func (m *merger) alternatives(old, now *yaml.Node) {
	if old == nil || now == nil || old.Kind != yaml.SequenceNode {
		return
	}
	for _, n := range items(now) {
		if mine := m.alternative(items(old), n); mine != nil {
			m.merge(mine, n)
		} else {
			m.push(old, n)
		}
	}
}

func (m *merger) alternative(old []*yaml.Node, now *yaml.Node) *yaml.Node {
	if ref := scalarText(get(now, "$ref")); ref != "" {
		name := strings.TrimPrefix(ref, schemaPrefix)
		name = first(m.names[name], m.known[name], name)
		for _, o := range old {
			if scalarText(get(o, "$ref")) == schemaPrefix+name {
				return o
			}
		}
		return nil
	}
	for _, o := range old {
		if m.sameNode(o, now) {
			return o
		}
	}
	for _, o := range old {
		if get(o, "$ref") == nil && len(typesOf(now)) > 0 && slices.Equal(typesOf(o), typesOf(now)) {
			return o
		}
	}
	return nil
}

// sameNode says whether a part of old says what one of now does, whatever components are called.
func (m *merger) sameNode(old, now *yaml.Node) bool {
	x, err1 := nodeData(old)
	y, err2 := nodeData(now)
	return err1 == nil && err2 == nil && sameData(x, m.called(y))
}

// called gives references in data of now the names of old, as far as they are known.
func (m *merger) called(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			v[k] = m.called(x)
		}
	case []any:
		for i, x := range v {
			v[i] = m.called(x)
		}
	case string:
		if name, ok := strings.CutPrefix(v, schemaPrefix); ok {
			return schemaPrefix + first(m.names[name], m.known[name], name)
		}
	}
	return v
}

func (m *merger) mapping(old, now *yaml.Node) {
	if old == nil || get(now, "mapping") == nil || scalarText(get(old, "propertyName")) != scalarText(get(now, "propertyName")) {
		return
	}
	each(get(now, "mapping"), func(k, v *yaml.Node) {
		if get(old, "mapping", k.Value) == nil {
			m.add(m.section(old, "mapping"), k.Value, v)
		}
	})
}
