package bundle

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/yamledit"
)

var undefined = &openapi.ObjectLayout{}

var errItself = errors.New("it leads to itself")

// follow finds the target of an object's $ref. If a Reference Object is not allowed there, the
// target replaces it: people write such references for whole sections.
func (b *bundler) follow(w walk, n, ref *yaml.Node, kind *openapi.ObjectLayout) {
	section := b.sectionOf(w, kind)
	if section == "" {
		b.inlineRef(w, n, ref, kind)
		return
	}
	p := b.partAt(w, ref, section, kind, false)
	if p == nil {
		return
	}
	if b.isComponent(w) && len(n.Content) == 2 && p.pointer == "" {
		p.pointer = jsonvalue.Pointer(w.doc...)
		b.claims = append(b.claims, claim{n, p})
		return
	}
	b.refs = append(b.refs, reference{text: ref, part: p})
}

// sectionOf returns the section of components for an object with a $ref, or "".
func (b *bundler) sectionOf(w walk, kind *openapi.ObjectLayout) string {
	isMap := kind.Each != nil && len(kind.Children) == 0
	holds := len(w.at) == 0 || w.at[len(w.at)-1] == w.under // such as the list of parameters
	switch {
	case kind.Name == "Item" || kind.Name == "Media" || kind.Name == "Operation":
		return ""
	case b.swagger && (w.under == "parameters" || w.under == "responses"):
		if isMap || holds {
			return ""
		}
		return w.under
	case b.swagger && kind.Schema:
		return "definitions"
	case kind.Schema:
		return "schemas"
	case b.swagger || isMap && w.under != "callbacks":
		return ""
	case w.under == "requestBody":
		return "requestBodies"
	case !holds && slices.Contains(sections, w.under):
		return w.under
	}
	return ""
}

// sections are those of components, except schemas, whose values may be references.
var sections = []string{"responses", "parameters", "examples", "requestBodies", "headers", "securitySchemes", "links", "callbacks"}

// isComponent reports whether a value is a component of the document.
func (b *bundler) isComponent(w walk) bool {
	if b.swagger {
		return len(w.doc) == 2 && w.doc[0] != "paths"
	}
	return len(w.doc) == 3 && w.doc[0] == "components"
}

// partAt returns the part that a reference leads to. It returns nil for a reference within the
// document, and for a dead one, which is a problem unless it is optional.
func (b *bundler) partAt(w walk, ref *yaml.Node, section string, kind *openapi.ObjectLayout, optional bool) *part {
	to, isLocal, err := b.resolve(w, ref.Value, 0)
	if err == nil && !isLocal && to.file != b.root && !optional && yamledit.Resolve(to.node).Kind != yaml.MappingNode {
		if isBool := to.node.Tag == "!!bool"; !isBool || section != "schemas" {
			err = errors.New("an object must be there")
		}
	}
	switch {
	case isLocal || err != nil && optional:
		return nil
	case err != nil:
		b.problem(w, ref, err)
		return nil
	case to.file == b.root:
		b.refs = append(b.refs, reference{text: ref, pointer: jsonvalue.Pointer(to.tokens...)})
		return nil
	}
	key := partKey{to.node, section}
	p := b.parts[key]
	if p == nil {
		p = &part{place: to, section: section, kind: kind}
		b.parts[key] = p
		if kind != nil {
			b.order = append(b.order, p)
		}
	}
	return p
}

func (b *bundler) problem(w walk, ref *yaml.Node, err error) {
	p := &Problem{File: b.nameOf(w.file), Pointer: jsonvalue.Pointer(w.at...), Ref: ref.Value, Line: ref.Line, Column: ref.Column, Err: err}
	if w.file.uri != nil {
		p.URI, _ = w.file.uri.Parse(ref.Value)
	}
	b.problems = append(b.problems, p)
}

// inlineRef replaces a reference by its target. Siblings of the reference stay, and take
// precedence.
func (b *bundler) inlineRef(w walk, n, ref *yaml.Node, kind *openapi.ObjectLayout) {
	to, isLocal, err := b.resolve(w, ref.Value, 0)
	switch {
	case isLocal:
		return
	case err != nil:
	case to.file == b.root:
		b.refs = append(b.refs, reference{text: ref, pointer: jsonvalue.Pointer(to.tokens...)})
		return
	case b.inlining[to.node] || to.node == n:
		err = errItself
	case w.inline >= maxHops:
		err = fmt.Errorf("%w: parts are nested too deep", openapi.ErrTooMuch)
	case len(n.Content) > 2 && to.node.Kind != yaml.MappingNode:
		err = errors.New("members beside the reference need an object there")
	}
	if err != nil {
		b.problem(w, ref, err)
		return
	}
	b.inlining[to.node] = true
	there := walk{file: to.file, base: to.file.uri, scope: to.file.root, under: w.under, at: to.tokens, doc: w.doc,
		data: w.data, inline: w.inline + 1}
	b.visit(there, to.node, kind)
	delete(b.inlining, to.node)
	b.put(n, to)
}

// undefinedValue finds references in a value whose members OpenAPI does not define: an extension,
// an example, a description in Markdown. Tools follow them, too. A dead one is data.
func (b *bundler) undefinedValue(w walk, n *yaml.Node) {
	ref := yamledit.Get(n, "$ref")
	if !isText(ref) || len(n.Content) != 2 {
		for k, v := range yamledit.Pairs(n) {
			b.visit(w.below(k.Value), v, undefined)
		}
		for i, v := range yamledit.Items(n) {
			b.visit(w.below(strconv.Itoa(i)), v, undefined)
		}
		return
	}
	to, isLocal, err := b.resolve(w, ref.Value, 0)
	isSchema := slices.ContainsFunc([]string{"type", "properties", "items", "enum", "allOf", "oneOf", "anyOf"},
		func(keyword string) bool { return yamledit.Get(to.node, keyword) != nil })
	switch {
	case isLocal || err != nil:
	case isSchema && !w.data && to.file != b.root:
		section := "schemas"
		if b.swagger {
			section = "definitions"
		}
		p := b.partAt(w, ref, section, b.schemas.Child(""), true)
		b.refs = append(b.refs, reference{text: ref, part: p})
	default:
		b.inlineRef(w, n, ref, undefined)
	}
}

// put gives a node with a reference the content of what it leads to.
func (b *bundler) put(n *yaml.Node, to place) {
	own := slices.Clone(n.Content)
	n.Kind, n.Tag, n.Style, n.Value = to.node.Kind, to.node.Tag, to.node.Style, to.node.Value
	n.Content = nil
	for i := 0; i+1 < len(own); i += 2 {
		if own[i].Value != "$ref" {
			n.Content = append(n.Content, own[i], own[i+1])
		}
	}
	for i, c := range to.node.Content {
		if n.Kind == yaml.MappingNode {
			if i%2 == 1 || len(own) > 2 && yamledit.Get(&yaml.Node{Kind: yaml.MappingNode, Content: own}, c.Value) != nil {
				continue
			}
			v := to.node.Content[i+1]
			b.from(to.file, c, v)
			n.Content = append(n.Content, c, v)
			continue
		}
		b.from(to.file, c)
		n.Content = append(n.Content, c)
	}
	if n.Kind == yaml.ScalarNode || len(n.Content) == 0 {
		b.from(to.file, n)
		n.Line, n.Column = to.node.Line, to.node.Column
	}
}

// from notes the file of values that move.
func (b *bundler) from(f *file, nodes ...*yaml.Node) {
	for _, n := range nodes {
		b.origins[n] = cmp.Or(b.origins[n], f)
	}
}

// resolve returns what a reference leads to. It is local if it is one within the document that
// needs no change.
func (b *bundler) resolve(w walk, ref string, hops int) (to place, isLocal bool, err error) {
	if hops > maxHops {
		return to, false, errItself
	}
	address, fragment, _ := strings.Cut(ref, "#")
	if s, err := url.PathUnescape(fragment); err == nil {
		fragment = s
	}
	to = place{file: w.file, node: w.file.root}
	switch {
	case address == "" && w.file == b.root:
		return to, true, nil
	case address == "" && w.scope != w.file.root:
		if n, err := b.at(place{file: w.file, node: w.scope}, fragment, hops); err == nil {
			return n, false, nil
		}
	case address != "":
		if known, ok := b.identified(w, address); ok {
			if known.file == b.root && w.file == b.root {
				return known, true, nil
			}
			to = known
			break
		}
		if w.file.uri == nil {
			return to, false, errNoURI
		}
		u, err := w.file.uri.Parse(address)
		if err != nil {
			return to, false, errors.New("it is no address of a file")
		}
		if to.file, err = b.read(u); err != nil {
			return to, false, err
		}
		to.node = to.file.root
	}
	to, err = b.at(to, fragment, hops)
	if err != nil || to.file == b.root {
		return to, false, err
	}
	if only := yamledit.Get(to.node, "$ref"); isText(only) && len(to.node.Content) == 2 {
		return b.resolve(walk{file: to.file, base: to.file.uri, scope: to.file.root}, only.Value, hops+1)
	}
	return to, false, nil
}

// identified returns the schema with an $id.
func (b *bundler) identified(w walk, address string) (place, bool) {
	if p, ok := b.ids[address]; ok || w.base == nil || len(b.ids) == 0 {
		return p, ok
	}
	u, err := w.base.Parse(address)
	if err != nil {
		return place{}, false
	}
	p, ok := b.ids[u.String()]
	return p, ok
}

// at returns the value that a fragment names: a JSON pointer, or an anchor.
func (b *bundler) at(p place, fragment string, hops int) (place, error) {
	if fragment != "" && fragment[0] != '/' {
		if n, at := anchored(p.node, fragment, p.tokens); n != nil {
			return place{p.file, n, at}, nil
		}
		return p, fmt.Errorf("%s has no anchor %s", b.nameOf(p.file), openapi.ShortenText(fragment, 100))
	}
	if fragment == "" {
		return p, nil
	}
	for _, token := range jsonvalue.Tokens(fragment) {
		_, next := child(p.node, token)
		if via := yamledit.Get(yamledit.Resolve(p.node), "$ref"); next == nil && isText(via) {
			to, isLocal, err := b.resolve(walk{file: p.file, base: p.file.uri, scope: p.file.root}, via.Value, hops+1)
			if isLocal {
				to, err = b.at(place{file: b.root, node: b.root.root}, strings.TrimPrefix(via.Value, "#"), hops+1)
			}
			if err != nil {
				return p, err
			}
			p = to
			_, next = child(p.node, token)
		}
		if next == nil {
			return p, fmt.Errorf("%s has nothing at #%s", b.nameOf(p.file), openapi.ShortenText(fragment, 200))
		}
		p.node, p.tokens = next, append(slices.Clip(p.tokens), token)
	}
	return p, nil
}

// child returns the value under a key or index, and its key.
func child(n *yaml.Node, token string) (key, value *yaml.Node) {
	n = yamledit.Resolve(n)
	if items := yamledit.Items(n); items != nil {
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(items) {
			return nil, yamledit.Resolve(items[i])
		}
	}
	for k, v := range yamledit.Pairs(n) {
		if k.Value == token {
			return k, yamledit.Resolve(v)
		}
	}
	for k := range yamledit.Pairs(n) {
		if yamledit.IsMerge(k) {
			return child(&yaml.Node{Kind: yaml.MappingNode, Content: yamledit.Merged(n)}, token)
		}
	}
	return nil, nil
}

// anchored returns the schema with an $anchor or a $dynamicAnchor.
func anchored(n *yaml.Node, name string, at []string) (*yaml.Node, []string) {
	for k, v := range yamledit.Pairs(n) {
		if (k.Value == "$anchor" || k.Value == "$dynamicAnchor") && v.Value == name {
			return n, at
		}
		if found, at := anchored(v, name, append(slices.Clip(at), k.Value)); found != nil {
			return found, at
		}
	}
	for i, e := range yamledit.Items(n) {
		if found, at := anchored(e, name, append(slices.Clip(at), strconv.Itoa(i))); found != nil {
			return found, at
		}
	}
	return nil, nil
}

// read reads a file once.
func (b *bundler) read(u *url.URL) (*file, error) {
	u.Fragment, u.RawFragment = "", ""
	if f := b.files[u.String()]; f != nil {
		return f, f.err
	}
	if len(b.files) > b.config.Limits.Files {
		return nil, fmt.Errorf("%w: the document has more than %d files", openapi.ErrTooMuch, b.config.Limits.Files)
	}
	f := &file{uri: u}
	b.files[u.String()] = f
	if b.config.Read == nil {
		f.err = errNoURI
		return f, f.err
	}
	data, err := b.config.Read(b.ctx, u)
	if b.left -= len(data); err == nil && b.left < 0 {
		err = fmt.Errorf("%w: the files have more than %d MiB", openapi.ErrTooMuch, b.config.Limits.Bytes>>20)
	}
	if err == nil {
		f.root, err = b.parse(f, data)
	}
	f.err = err
	return f, err
}

// parse reads JSON or YAML of any kind. Files of other types are texts. Aliases of YAML are written
// out, since values leave the file.
func (b *bundler) parse(f *file, data []byte) (*yaml.Node, error) {
	switch strings.ToLower(path.Ext(f.uri.Path)) {
	case ".json", ".yaml", ".yml", "":
	default:
		return yamledit.String(string(data)), nil
	}
	root, err := yamledit.ParseValue(b.ctx, data)
	if err == nil {
		err = yamledit.WriteOut(root)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", b.nameOf(f), openapi.LineError(err))
	}
	f.root = root
	b.identify(f, data)
	return root, nil
}

// identify notes the schemas of a file that have an $id.
func (b *bundler) identify(f *file, data []byte) {
	if f.uri == nil || !strings.Contains(string(data), "$id") {
		return
	}
	var find func(n *yaml.Node, base *url.URL, at []string)
	find = func(n *yaml.Node, base *url.URL, at []string) {
		if id := yamledit.Get(n, "$id"); id != nil && id.Kind == yaml.ScalarNode {
			if u, err := base.Parse(id.Value); err == nil {
				base = u
				if _, taken := b.ids[u.String()]; !taken && u.String() != f.uri.String() {
					b.ids[u.String()] = place{f, n, at}
				}
			}
		}
		for k, v := range yamledit.Pairs(n) {
			find(v, base, append(slices.Clip(at), k.Value))
		}
		for i, v := range yamledit.Items(n) {
			find(v, base, append(slices.Clip(at), strconv.Itoa(i)))
		}
	}
	find(f.root, f.uri, nil)
}
