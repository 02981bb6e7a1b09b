package openapi

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/oasdiff/yaml3"
)

// FilterConfig says which operations of a document are kept: those that pass all conditions. The zero value keeps all.
type FilterConfig struct {
	// Tags keeps operations that have one of them.
	Tags []string
	// IDs keeps operations whose operationId is among them.
	IDs []string
	// Methods keeps operations of these methods, in any case.
	Methods []string
	// Paths, unless nil, keeps operations whose path template it matches.
	Paths *regexp.Regexp
	// Include and Exclude, unless nil, are matched against the description, or the summary where there is none.
	Include, Exclude *regexp.Regexp
	// NoDeprecated drops deprecated operations.
	NoDeprecated bool
}

// Filter drops the operations of a document that c does not keep, and then what nothing refers to any more: empty
// paths, components of all kinds, security schemes, tags, links to operations that are gone. What is left keeps its
// order and, in YAML, its comments; the format stays. kept says how many operations are left. An unknown ID is an
// error, as it is likely misspelt.
func Filter(data []byte, c FilterConfig) (out []byte, kept int, err error) {
	if _, err := Load(data); err != nil {
		return nil, 0, err
	}
	t, err := parseTree(data)
	if err != nil {
		return nil, 0, err
	}
	f := &filter{root: t.root, config: c, ids: map[string]bool{}, tags: map[string]bool{}, schemes: map[string]bool{}}
	f.operations()
	for _, id := range c.IDs {
		if !f.known[id] {
			return nil, 0, fmt.Errorf("filter: no operation is called %q", id)
		}
	}
	f.links(t.root)
	for f.components() {
	}
	f.declarations()
	out, err = t.encode(data)
	return out, f.kept, err
}

// encode writes the tree in the format it was read in.
func (t *tree) encode(data []byte) ([]byte, error) {
	var b bytes.Buffer
	if t.json {
		w := bufio.NewWriter(&b)
		writeTree(w, t.root, "\n", jsonIndent(data))
		w.WriteByte('\n')
		err := w.Flush()
		return b.Bytes(), err
	}
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(t.root); err != nil {
		return nil, fmt.Errorf("write document: %w", err)
	}
	if err := e.Close(); err != nil {
		return nil, fmt.Errorf("write document: %w", err)
	}
	if bytes.Contains(b.Bytes(), []byte("!!binary")) {
		return nil, errors.New("write document: it holds text that is not UTF-8")
	}
	return b.Bytes(), nil
}

type filter struct {
	root    *yaml.Node
	config  FilterConfig
	kept    int
	known   map[string]bool // operationIds of the whole document
	ids     map[string]bool // of the operations that are left
	tags    map[string]bool // that they have
	schemes map[string]bool // that they ask for
}

// removeIf takes pairs out of a mapping.
func removeIf(n *yaml.Node, drop func(key, value *yaml.Node) bool) {
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	var left []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !drop(n.Content[i], n.Content[i+1]) {
			left = append(left, n.Content[i], n.Content[i+1])
		}
	}
	n.Content = left
}

func (f *filter) operations() {
	f.known = map[string]bool{}
	removeIf(get(f.root, "paths"), func(path, item *yaml.Node) bool {
		if strings.HasPrefix(path.Value, "x-") {
			return false
		}
		had, left := false, false
		removeIf(item, func(method, op *yaml.Node) bool {
			if !isMethod(method.Value) {
				return false
			}
			had = true
			f.known[scalarText(get(op, "operationId"))] = true
			if !f.keeps(path.Value, method.Value, op) {
				return true
			}
			left = true
			f.keep(op)
			return false
		})
		return had && !left
	})
	f.require(get(f.root, "security"))
}

func (f *filter) keeps(path, method string, op *yaml.Node) bool {
	c := &f.config
	text := first(scalarText(get(op, "description")), scalarText(get(op, "summary")))
	hasTag := slices.ContainsFunc(items(get(op, "tags")), func(t *yaml.Node) bool { return slices.Contains(c.Tags, t.Value) })
	hasMethod := slices.ContainsFunc(c.Methods, func(m string) bool { return strings.EqualFold(m, method) })
	switch {
	case len(c.Tags) > 0 && !hasTag,
		len(c.Methods) > 0 && !hasMethod,
		len(c.IDs) > 0 && !slices.Contains(c.IDs, scalarText(get(op, "operationId"))),
		c.Paths != nil && !c.Paths.MatchString(path),
		c.Include != nil && !c.Include.MatchString(text),
		c.Exclude != nil && c.Exclude.MatchString(text),
		c.NoDeprecated && scalarText(get(op, "deprecated")) == "true":
		return false
	}
	return true
}

func (f *filter) keep(op *yaml.Node) {
	f.kept++
	if id := scalarText(get(op, "operationId")); id != "" {
		f.ids[id] = true
	}
	for _, t := range items(get(op, "tags")) {
		f.tags[t.Value] = true
	}
	f.require(get(op, "security"))
}

func (f *filter) require(security *yaml.Node) {
	for _, r := range items(security) {
		each(r, func(name, _ *yaml.Node) { f.schemes[name.Value] = true })
	}
}

// links drops links to operations that are gone.
func (f *filter) links(n *yaml.Node) {
	each(n, func(k, v *yaml.Node) {
		if k.Value == "links" {
			removeIf(v, func(_, link *yaml.Node) bool {
				id, ref := get(link, "operationId"), get(link, "operationRef")
				return id != nil && f.known[id.Value] && !f.ids[id.Value] ||
					ref != nil && strings.HasPrefix(ref.Value, "#/") && lookup(f.root, ref.Value) == nil
			})
		}
	})
	removeIf(n, func(k, v *yaml.Node) bool {
		return k.Value == "links" && v.Kind == yaml.MappingNode && len(v.Content) == 0
	})
	for _, c := range n.Content {
		if c.Kind != yaml.AliasNode {
			f.links(c)
		}
	}
}

// sections are where components stand in 3.0 and 3.1, and in 2.0.
func (f *filter) sections() map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	each(get(f.root, "components"), func(k, v *yaml.Node) {
		if k.Value != "securitySchemes" && !strings.HasPrefix(k.Value, "x-") {
			out["#/components/"+k.Value+"/"] = v
		}
	})
	for _, k := range []string{"definitions", "parameters", "responses"} {
		if v := get(f.root, k); v != nil && get(f.root, "swagger") != nil {
			out["#/"+k+"/"] = v
		}
	}
	return out
}

// components drops those that nothing outside of themselves refers to, and says whether there were any. Circles of
// components that only refer to each other go, too: what counts is what the paths lead to.
func (f *filter) components() bool {
	reached := map[string]bool{}
	sections := f.sections()
	todo := []string{}
	visit := func(n *yaml.Node) {
		refs := map[string]bool{}
		collectRefs(n, refs)
		for r := range refs {
			if !reached[r] {
				reached[r] = true
				todo = append(todo, r)
			}
		}
	}
	each(f.root, func(k, v *yaml.Node) {
		if k.Value != "components" && sections["#/"+k.Value+"/"] != v {
			visit(v)
		}
	})
	for len(todo) > 0 {
		r := todo[0]
		todo = todo[1:]
		visit(lookup(f.root, r))
		// A reference into a component keeps the component.
		if parts := strings.SplitN(strings.TrimPrefix(r, "#/"), "/", 4); len(parts) == 4 && parts[0] == "components" {
			whole := "#/" + strings.Join(parts[:3], "/")
			if !reached[whole] {
				reached[whole] = true
				todo = append(todo, whole)
			}
		}
	}
	dropped := false
	for prefix, section := range sections {
		removeIf(section, func(k, _ *yaml.Node) bool {
			gone := !reached[prefix+strings.TrimPrefix(Pointer(k.Value), "/")]
			dropped = dropped || gone
			return gone
		})
	}
	return dropped
}

// declarations drops tags and security schemes that nothing uses, and sections that are empty.
func (f *filter) declarations() {
	if tags := get(f.root, "tags"); tags != nil && tags.Kind == yaml.SequenceNode {
		tags.Content = slices.DeleteFunc(tags.Content, func(t *yaml.Node) bool { return !f.tags[scalarText(get(t, "name"))] })
	}
	for _, n := range []*yaml.Node{get(f.root, "components", "securitySchemes"), get(f.root, "securityDefinitions")} {
		removeIf(n, func(k, _ *yaml.Node) bool { return !f.schemes[k.Value] })
	}
	empty := func(_, v *yaml.Node) bool {
		return v.Kind != yaml.ScalarNode && v.Kind != yaml.AliasNode && len(v.Content) == 0
	}
	removeIf(get(f.root, "components"), empty)
	removeIf(f.root, func(k, v *yaml.Node) bool {
		switch k.Value {
		case "components", "tags", "definitions", "parameters", "responses", "securityDefinitions":
			return empty(k, v)
		}
		return false
	})
}
