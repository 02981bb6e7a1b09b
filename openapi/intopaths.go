package openapi

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oasdiff/yaml3"
)

func (m *merger) document() {
	m.addMissing(m.old, m.now, "servers", "info")
	m.tags()
	m.securitySchemes()
	m.operationIDs()
	m.paths()
	m.references()
}

func (m *merger) tags() {
	for _, t := range items(get(m.now, "tags")) {
		name := scalarText(get(t, "name"))
		old := get(m.old, "tags")
		if old == nil {
			old = m.add(m.old, "tags", &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"})
		}
		if !slices.ContainsFunc(items(old), func(n *yaml.Node) bool { return scalarText(get(n, "name")) == name }) {
			m.push(old, t)
		}
	}
}

// securitySchemes finds the schemes that are the same by what they are, whatever they are called, and adds the others.
func (m *merger) securitySchemes() {
	now := get(m.now, "components", "securitySchemes")
	if now == nil {
		return
	}
	old := m.section(m.section(m.old, "components"), "securitySchemes")
	each(now, func(k, v *yaml.Node) {
		name := ""
		each(old, func(ok, ov *yaml.Node) {
			if name == "" && sameScheme(m.follow(ov), v) {
				name = ok.Value
			}
		})
		if name == "" {
			name = k.Value
			for i := 2; get(old, name) != nil; i++ {
				name = fmt.Sprint(k.Value, i)
			}
			m.add(old, name, v)
		}
		m.names["securitySchemes/"+k.Value] = name
	})
}

func sameScheme(a, b *yaml.Node) bool {
	if a == nil {
		return false
	}
	for _, k := range []string{"type", "scheme", "in"} {
		if !strings.EqualFold(scalarText(get(a, k)), scalarText(get(b, k))) {
			return false
		}
	}
	x, y := scalarText(get(a, "name")), scalarText(get(b, "name"))
	return x == y || scalarText(get(a, "in")) == "header" && strings.EqualFold(x, y)
}

// operationIDs finds which of now's operations are in old, and gives the others IDs that are free there.
func (m *merger) operationIDs() {
	taken := map[string]bool{}
	each(get(m.old, "paths"), func(_, item *yaml.Node) {
		each(m.follow(item), func(_, op *yaml.Node) { taken[scalarText(get(op, "operationId"))] = true })
	})
	m.match(func(path, item, old *yaml.Node, foreign bool) {
		each(item, func(method, op *yaml.Node) {
			id := scalarText(get(op, "operationId"))
			if id == "" {
				return
			}
			if mine := m.follow(get(old, method.Value)); mine != nil {
				m.ids[id] = scalarText(get(mine, "operationId"))
				return
			}
			free := id
			for i := 2; taken[free]; i++ {
				free = fmt.Sprint(id, i)
			}
			taken[free] = true
			m.ids[id] = free
		})
	})
}

// match calls f for each path of now with the path item of old that has the same shape, nil when there is none. path
// is the key that it has, or would have, in old; foreign says that none of old's servers has its prefix.
func (m *merger) match(f func(path, item, old *yaml.Node, foreign bool)) {
	oldPrefix, nowPrefix := prefixOf(m.old), prefixOf(m.now)
	byShape := map[string]*yaml.Node{}
	items := map[string]*yaml.Node{}
	each(get(m.old, "paths"), func(k, v *yaml.Node) {
		prefix := oldPrefix
		each(m.follow(v), func(key, op *yaml.Node) {
			if key.Value == "servers" {
				prefix = firstPrefix(op)
			} else if servers := get(op, "servers"); servers != nil {
				prefix = firstPrefix(servers)
			}
		})
		if s := shape(prefix + k.Value); byShape[s] == nil {
			byShape[s], items[s] = k, v
		}
	})
	each(get(m.now, "paths"), func(k, v *yaml.Node) {
		full := nowPrefix + k.Value
		if key := byShape[shape(full)]; key != nil {
			f(key, v, m.follow(items[shape(full)]), false)
			return
		}
		if rest, ok := strings.CutPrefix(full, oldPrefix+"/"); ok {
			f(yamlString("/"+rest), v, nil, false)
			return
		}
		f(k, v, nil, true)
	})
}

// prefixOf is the path of a document's first server.
func prefixOf(root *yaml.Node) string { return firstPrefix(get(root, "servers")) }

func firstPrefix(servers *yaml.Node) string {
	if len(items(servers)) == 0 {
		return ""
	}
	_, prefix := splitServer(scalarText(get(items(servers)[0], "url")))
	return prefix
}

func (m *merger) paths() {
	paths := m.section(m.old, "paths")
	m.match(func(path, item, old *yaml.Node, foreign bool) {
		if old == nil {
			if get(paths, path.Value) != nil {
				return // a path item that cannot be followed
			}
			fresh := m.add(paths, path.Value, item)
			if foreign { // the operations bring their own servers
				each(fresh, func(method, op *yaml.Node) {
					if isMethod(method.Value) && get(op, "servers") == nil {
						op.Content = append(op.Content, yamlString("servers"), copyNode(get(m.now, "servers")))
					}
				})
			}
			return
		}
		names := map[string]string{}
		var nowNames []string
		each(get(m.now, "paths"), func(k, v *yaml.Node) {
			if v == item {
				nowNames = templateNames(k.Value)
			}
		})
		oldNames := templateNames(path.Value)
		for i, n := range nowNames {
			if k := len(oldNames) - len(nowNames) + i; k >= 0 {
				names[n] = oldNames[k]
			}
		}
		each(item, func(method, op *yaml.Node) {
			if !isMethod(method.Value) {
				return
			}
			if mine := m.follow(get(old, method.Value)); mine != nil {
				m.operation(old, mine, op, names)
				return
			}
			fresh := m.add(old, method.Value, op)
			m.renameParams(old, fresh, names)
		})
	})
}

func isMethod(s string) bool { return s == strings.ToLower(s) && supported(strings.ToUpper(s)) }

// renameParams gives the path parameters of an operation that was added to a path their names there, and takes those
// out that the path itself declares.
func (m *merger) renameParams(item, op *yaml.Node, names map[string]string) {
	params := get(op, "parameters")
	if params == nil {
		return
	}
	var own []*yaml.Node
	for _, p := range params.Content {
		if scalarText(get(p, "in")) == "path" {
			if n := get(p, "name"); n != nil && names[n.Value] != "" {
				n.Value = names[n.Value]
			}
			if m.findParam(items(get(item, "parameters")), "path", scalarText(get(p, "name"))) != nil {
				continue
			}
		}
		own = append(own, p)
	}
	params.Content = own
	if len(own) == 0 {
		for i := 0; i+1 < len(op.Content); i += 2 {
			if op.Content[i+1] == params {
				op.Content = slices.Delete(op.Content, i, i+2)
				break
			}
		}
	}
}

func (m *merger) findParam(params []*yaml.Node, in, name string) *yaml.Node {
	for _, p := range params {
		p = m.follow(p)
		if scalarText(get(p, "in")) != in {
			continue
		}
		if n := scalarText(get(p, "name")); n == name || in == "header" && strings.EqualFold(n, name) {
			return p
		}
	}
	return nil
}

func (m *merger) operation(item, old, now *yaml.Node, names map[string]string) {
	for _, p := range items(get(now, "parameters")) {
		p = m.resolved(p)
		in, name := scalarText(get(p, "in")), scalarText(get(p, "name"))
		if in == "path" && names[name] != "" {
			name = names[name]
		}
		mine := m.findParam(items(get(old, "parameters")), in, name)
		if mine == nil {
			mine = m.findParam(items(get(item, "parameters")), in, name)
		}
		switch {
		case mine != nil:
			m.addMissing(mine, p, ExtMultiSegment)
			m.schema(mine, "schema", get(p, "schema"))
		case in == "path" && names[scalarText(get(p, "name"))] == "": // old's template has no such parameter
		default:
			p = copyNode(p)
			get(p, "name").Value = name
			list := get(old, "parameters")
			if list == nil {
				list = m.add(old, "parameters", &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"})
			}
			m.push(list, p)
		}
	}
	if body := m.follow(get(old, "requestBody")); body != nil {
		m.content(body, get(m.resolved(get(now, "requestBody")), "content"))
	} else {
		m.addMissing(old, now, "requestBody")
	}
	if r := get(now, "responses"); r != nil {
		mine := m.section(old, "responses")
		each(r, func(status, v *yaml.Node) { m.response(mine, status.Value, m.resolved(v)) })
	}
	if get(m.old, "security") == nil {
		m.addMissing(old, now, "security")
	}
	m.addMissing(old, now, "operationId", "summary", "description", "tags", ExtVariant, ExtPaging)
}

// resolved follows a reference of now.
func (m *merger) resolved(n *yaml.Node) *yaml.Node {
	if ref := get(n, "$ref"); ref != nil {
		if to := lookup(m.now, ref.Value); to != nil {
			return to
		}
	}
	return n
}

func (m *merger) response(responses *yaml.Node, status string, now *yaml.Node) {
	old := m.follow(get(responses, status))
	for _, key := range []string{status[:1] + "XX", strings.ToLower(status[:1] + "xx")} {
		if old == nil && len(status) == 3 {
			old = m.follow(get(responses, key))
		}
	}
	if old == nil {
		if get(responses, status) == nil {
			m.add(responses, status, now)
		}
		return
	}
	m.content(old, get(now, "content"))
	for _, part := range []string{"headers", "links"} {
		each(get(now, part), func(k, v *yaml.Node) {
			mine := m.section(old, part)
			found := false
			each(mine, func(ok, _ *yaml.Node) { found = found || strings.EqualFold(ok.Value, k.Value) })
			if !found {
				m.add(mine, k.Value, v)
			}
		})
	}
}

// content merges the media types of a body.
func (m *merger) content(old, now *yaml.Node) {
	each(now, func(kind, media *yaml.Node) {
		mine := m.section(old, "content")
		var found *yaml.Node
		each(mine, func(k, v *yaml.Node) {
			if found == nil && mediaKey(k.Value) == mediaKey(kind.Value) {
				found = m.follow(v)
			}
		})
		if found == nil {
			m.add(mine, kind.Value, media)
			return
		}
		m.addMissing(found, media, "encoding", ExtEvents, ExtParts)
		each(get(media, ExtEvents), func(name, _ *yaml.Node) { m.addMissing(get(found, ExtEvents), get(media, ExtEvents), name.Value) })
		m.schema(found, "schema", get(media, "schema"))
	})
}

func mediaKey(s string) string {
	t, _, _ := strings.Cut(strings.ToLower(s), ";")
	return strings.TrimSpace(t)
}
