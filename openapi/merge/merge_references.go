package merge

import (
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/yamledit"
)

// references renames what the copies from the inferred document refer to, and adds the components
// they need.
func (m *merger) references() {
	for len(m.pending) > 0 {
		n := m.pending[0]
		m.pending = m.pending[1:]
		m.renameReferences(n)
	}
}

func (m *merger) renameReferences(n *yaml.Node) {
	for k, v := range yamledit.Pairs(n) {
		switch {
		case k.Value == "$ref" && v.Kind == yaml.ScalarNode, k.Value == "mapping" && v.Kind == yaml.MappingNode:
			for _, s := range append([]*yaml.Node{v}, v.Content...) {
				m.renameReference(s)
			}
		case k.Value == "operationId" && m.ids[v.Value] != "":
			m.rename(v, m.ids[v.Value])
		case k.Value == "security":
			for _, r := range yamledit.Items(v) {
				for name := range yamledit.Pairs(r) {
					if old := m.names["securitySchemes/"+name.Value]; old != "" {
						m.rename(name, old)
					}
				}
			}
		}
	}
	for _, c := range n.Content {
		if c.Line == 0 {
			m.renameReferences(c)
		}
	}
}

// rename sets the value of a scalar, once: a node can be reached through several copies.
func (m *merger) rename(n *yaml.Node, value string) {
	if !m.renamed[n] {
		m.renamed[n] = true
		n.Value = value
	}
}

func (m *merger) renameReference(n *yaml.Node) {
	if n.Line != 0 || m.renamed[n] {
		return
	}
	if name, ok := strings.CutPrefix(n.Value, openapi.SchemaPrefix); ok {
		m.renamed[n] = true
		n.Value = openapi.SchemaPrefix + m.component(name)
	} else if name, ok := strings.CutPrefix(n.Value, openapi.HeaderPrefix); ok {
		m.renamed[n] = true
		n.Value = openapi.HeaderPrefix + m.header(name)
	}
}

// component returns the name in the existing document of an inferred schema, which is added if it
// is not there.
func (m *merger) component(name string) string {
	if old := m.names[name]; old != "" {
		return old
	}
	inferred := yamledit.Get(m.inferred, "components", "schemas", name)
	schemas := m.section(m.section(m.old, "components"), "schemas")
	free := openapi.FreeName(name, func(s string) bool {
		old := yamledit.Get(schemas, s)
		x, y := typesOf(m.follow(old)), typesOf(inferred)
		return old != nil && (m.added[s] || len(x) > 0 && len(y) > 0 && x[0] != y[0])
	})
	m.names[name] = free
	if yamledit.Get(schemas, free) == nil {
		m.added[free] = true
		m.add(schemas, free, inferred)
	} else {
		m.schema(schemas, free, inferred)
	}
	return free
}

// header is component for headers. An existing header is the same if its schema is; its description
// may differ.
func (m *merger) header(name string) string {
	inferred := yamledit.Get(m.inferred, "components", "headers", name)
	headers := m.section(m.section(m.old, "components"), "headers")
	free := openapi.FreeName(name, func(s string) bool {
		old := yamledit.Get(headers, s)
		x, err1 := yamledit.Data(yamledit.Get(m.follow(old), "schema"))
		y, err2 := yamledit.Data(yamledit.Get(inferred, "schema"))
		return old != nil && (err1 != nil || err2 != nil || !isSameData(x, y))
	})
	if yamledit.Get(headers, free) == nil {
		m.add(headers, free, inferred)
	}
	return free
}
