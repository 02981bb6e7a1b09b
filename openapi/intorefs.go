package openapi

import (
	"fmt"
	"strings"

	"github.com/oasdiff/yaml3"
)

// references gives what was copied from now the names of old, and copies the components that it leads to.
func (m *merger) references() {
	for len(m.added) > 0 {
		n := m.added[0]
		m.added = m.added[1:]
		m.rewrite(n)
	}
}

func (m *merger) rewrite(n *yaml.Node) {
	each(n, func(k, v *yaml.Node) {
		switch {
		case k.Value == "$ref" && v.Kind == yaml.ScalarNode, k.Value == "mapping" && v.Kind == yaml.MappingNode:
			for _, s := range append([]*yaml.Node{v}, v.Content...) {
				if name, ok := strings.CutPrefix(s.Value, schemaPrefix); ok && s.Line == 0 && !m.settled[s] {
					m.settled[s] = true
					s.Value = schemaPrefix + m.component(name)
				}
				if name, ok := strings.CutPrefix(s.Value, headerPrefix); ok && s.Line == 0 && !m.settled[s] {
					m.settled[s] = true
					s.Value = headerPrefix + m.header(name)
				}
			}
		case k.Value == "operationId" && m.ids[v.Value] != "" && !m.settled[v]:
			m.settled[v] = true
			v.Value = m.ids[v.Value]
		case k.Value == "security":
			for _, r := range items(v) {
				each(r, func(name, _ *yaml.Node) {
					if mine := m.names["securitySchemes/"+name.Value]; mine != "" && !m.settled[name] {
						m.settled[name] = true
						name.Value = mine
					}
				})
			}
		}
	})
	for _, c := range n.Content {
		if c.Line == 0 {
			m.rewrite(c)
		}
	}
}

// component is the name in old of a component of now, which is added when it is not there.
func (m *merger) component(name string) string {
	if mine := m.names[name]; mine != "" {
		return mine
	}
	now := get(m.now, "components", "schemas", name)
	schemas := m.section(m.section(m.old, "components"), "schemas")
	mine := name
	for i := 2; ; i++ {
		old := get(schemas, mine)
		if old == nil {
			m.names[name], m.fresh[mine] = mine, true
			m.add(schemas, mine, now)
			return mine
		}
		if x, y := typesOf(m.follow(old)), typesOf(now); !m.fresh[mine] && (len(x) == 0 || len(y) == 0 || x[0] == y[0]) {
			m.names[name] = mine
			m.schema(schemas, mine, now)
			return mine
		}
		mine = fmt.Sprint(name, i)
	}
}

// header is the name in old of a header that is a component of now, which is added when it is not there. One that
// says the same of values is taken for it, however it is described.
func (m *merger) header(name string) string {
	now := get(m.now, "components", "headers", name)
	headers := m.section(m.section(m.old, "components"), "headers")
	mine := name
	for i := 2; ; i++ {
		old := get(headers, mine)
		if old == nil {
			m.add(headers, mine, now)
			return mine
		}
		x, err1 := nodeData(get(m.follow(old), "schema"))
		y, err2 := nodeData(get(now, "schema"))
		if err1 == nil && err2 == nil && sameData(x, y) {
			return mine
		}
		mine = fmt.Sprint(name, i)
	}
}
