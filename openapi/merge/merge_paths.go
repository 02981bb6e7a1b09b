package merge

import (
	"iter"
	"slices"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/router"
	"github.com/spectap/spectap/openapi/yamledit"
)

func (m *merger) document() {
	m.adoptNames()
	m.addMissing(m.old, m.inferred, "servers", "info")
	m.tags()
	m.securitySchemes()
	m.operationIDs()
	m.paths()
	m.followNames()
	m.references()
	access := yamledit.Copy(yamledit.Get(m.inferred, openapi.ExtAccess))
	if yamledit.Get(m.old, openapi.ExtAccess) == nil && openapi.PruneAccess(access, m.old) {
		m.add(m.old, openapi.ExtAccess, access)
	}
}

func (m *merger) tags() {
	for _, t := range yamledit.Items(yamledit.Get(m.inferred, "tags")) {
		name := yamledit.Text(yamledit.Get(t, "name"))
		old := yamledit.Get(m.old, "tags")
		if old == nil {
			old = m.add(m.old, "tags", yamledit.Sequence())
		}
		hasName := func(n *yaml.Node) bool { return yamledit.Text(yamledit.Get(n, "name")) == name }
		if !slices.ContainsFunc(yamledit.Items(old), hasName) {
			m.push(old, t)
		}
	}
}

// securitySchemes matches security schemes by what they are, not by their names, and adds the
// others.
func (m *merger) securitySchemes() {
	inferred := yamledit.Get(m.inferred, "components", "securitySchemes")
	if inferred == nil {
		return
	}
	old := m.section(m.section(m.old, "components"), "securitySchemes")
	for k, v := range yamledit.Pairs(inferred) {
		name := ""
		for oldKey, oldScheme := range yamledit.Pairs(old) {
			if isSameScheme(m.follow(oldScheme), v) {
				name = oldKey.Value
				break
			}
		}
		if name == "" {
			name = openapi.FreeName(k.Value, func(s string) bool { return yamledit.Get(old, s) != nil })
			m.add(old, name, v)
		}
		m.names["securitySchemes/"+k.Value] = name
	}
}

func isSameScheme(a, b *yaml.Node) bool {
	if a == nil {
		return false
	}
	text := func(n *yaml.Node, key string) string { return yamledit.Text(yamledit.Get(n, key)) }
	for _, k := range []string{"type", "scheme", "in"} {
		if !strings.EqualFold(text(a, k), text(b, k)) {
			return false
		}
	}
	x, y := text(a, "name"), text(b, "name")
	return x == y || text(a, "in") == "header" && strings.EqualFold(x, y)
}

// operationIDs finds the ID in the existing document of each inferred operation. New operations get
// an unused one.
func (m *merger) operationIDs() {
	taken := map[string]bool{}
	for _, item := range yamledit.Pairs(yamledit.Get(m.old, "paths")) {
		for _, op := range yamledit.Pairs(m.follow(item)) {
			taken[yamledit.Text(yamledit.Get(op, "operationId"))] = true
		}
	}
	for p := range m.matchPaths() {
		for method, op := range yamledit.Pairs(p.inferred) {
			id := yamledit.Text(yamledit.Get(op, "operationId"))
			if id == "" {
				continue
			}
			if old := m.follow(yamledit.Get(p.old, method.Value)); old != nil {
				m.ids[id] = yamledit.Text(yamledit.Get(old, "operationId"))
				continue
			}
			free := openapi.FreeName(id, func(s string) bool { return taken[s] })
			taken[free] = true
			m.ids[id] = free
		}
	}
}

// matchedPath is a path of the inferred document with its counterpart in the existing one.
type matchedPath struct {
	key      *yaml.Node // the path in the existing document, or as it would be there
	inferred *yaml.Node // path item
	template string     // the path in the inferred document
	old      *yaml.Node // path item of the same template shape, or nil if there is none
	foreign  bool       // no server of the existing document has the prefix of the path
}

// oldPath is a path of the existing document.
type oldPath struct {
	key, item *yaml.Node // item is nil if it is a reference that leads nowhere
	prefix    string     // of its server
}

func (m *merger) oldPaths() []oldPath {
	var out []oldPath
	for k, v := range yamledit.Pairs(yamledit.Get(m.old, "paths")) {
		p := oldPath{k, m.follow(v), prefixOf(m.old)}
		for key, op := range yamledit.Pairs(p.item) {
			if key.Value == "servers" {
				p.prefix = firstPrefix(op)
			} else if servers := yamledit.Get(op, "servers"); servers != nil {
				p.prefix = firstPrefix(servers)
			}
		}
		out = append(out, p)
	}
	return out
}

// matchPaths yields the paths of the inferred document.
func (m *merger) matchPaths() iter.Seq[matchedPath] {
	oldPrefix, inferredPrefix := prefixOf(m.old), prefixOf(m.inferred)
	keys := map[string]*yaml.Node{} // by template shape
	items := map[string]*yaml.Node{}
	for _, p := range m.oldPaths() {
		if s := router.TemplateShape(p.prefix + p.key.Value); keys[s] == nil {
			keys[s], items[s] = p.key, p.item
		}
	}
	return func(yield func(matchedPath) bool) {
		for k, v := range yamledit.Pairs(yamledit.Get(m.inferred, "paths")) {
			full := inferredPrefix + k.Value
			p := matchedPath{key: k, inferred: v, template: k.Value}
			if key := keys[router.TemplateShape(full)]; key != nil {
				p.key, p.old = key, items[router.TemplateShape(full)]
			} else if rest, ok := strings.CutPrefix(full, oldPrefix+"/"); ok {
				p.key = yamledit.String("/" + rest)
			} else {
				p.foreign = true
			}
			if !yield(p) {
				return
			}
		}
	}
}

// prefixOf returns the path of a document's first server.
func prefixOf(root *yaml.Node) string { return firstPrefix(yamledit.Get(root, "servers")) }

func firstPrefix(servers *yaml.Node) string {
	if len(yamledit.Items(servers)) == 0 {
		return ""
	}
	_, prefix := router.SplitServer(yamledit.Text(yamledit.Get(yamledit.Items(servers)[0], "url")))
	return prefix
}

func (m *merger) paths() {
	paths := m.section(m.old, "paths")
	for p := range m.matchPaths() {
		if p.old == nil {
			m.newPath(paths, p)
			continue
		}
		names := router.TemplateNames(p.key.Value)
		for method, op := range yamledit.Pairs(p.inferred) {
			if !openapi.IsOperationKey(method.Value) {
				continue
			}
			leave := m.enter(strings.ToUpper(method.Value) + " " + p.key.Value)
			if old := m.follow(yamledit.Get(p.old, method.Value)); old != nil {
				m.operation(p.old, old, op, names)
			} else {
				m.dropShared(p.old, m.add(p.old, method.Value, op))
			}
			leave()
		}
	}
}

// newPath adds a path. The operations of a foreign one bring their own servers.
func (m *merger) newPath(paths *yaml.Node, p matchedPath) {
	if yamledit.Get(paths, p.key.Value) != nil {
		m.skip("path "+p.key.Value, "its path item is a reference that leads nowhere")
		return
	}
	added := m.add(paths, p.key.Value, p.inferred)
	if !p.foreign {
		return
	}
	for method, op := range yamledit.Pairs(added) {
		if openapi.IsOperationKey(method.Value) && yamledit.Get(op, "servers") == nil {
			servers := yamledit.Copy(yamledit.Get(m.inferred, "servers"))
			op.Content = append(op.Content, yamledit.String("servers"), servers)
		}
	}
}

// dropShared removes the path parameters from an operation that was added to a path item which
// declares them for all its operations.
func (m *merger) dropShared(item, op *yaml.Node) {
	params := yamledit.Get(op, "parameters")
	if params == nil {
		return
	}
	params.Content = slices.DeleteFunc(params.Content, func(p *yaml.Node) bool {
		isPath := yamledit.Text(yamledit.Get(p, "in")) == "path"
		return isPath && m.findParameter(item, "path", yamledit.Text(yamledit.Get(p, "name"))) != nil
	})
	if len(params.Content) == 0 {
		yamledit.RemovePairs(op, func(_, v *yaml.Node) bool { return v == params })
	}
}

// findParameter returns a parameter that an operation or path item declares, nil if it does not.
func (m *merger) findParameter(holder *yaml.Node, in, name string) *yaml.Node {
	for _, p := range yamledit.Items(yamledit.Get(holder, "parameters")) {
		p = m.follow(p)
		if yamledit.Text(yamledit.Get(p, "in")) != in {
			continue
		}
		if n := yamledit.Text(yamledit.Get(p, "name")); n == name || in == "header" && strings.EqualFold(n, name) {
			return p
		}
	}
	return nil
}
