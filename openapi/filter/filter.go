// Package filter keeps some operations of an OpenAPI document. It removes the others, and all parts
// that only they refer to.
//
// It edits the syntax tree of the text. So it preserves order and comments, and the same code
// serves all versions. A value that only a removed part defined moves to the first reference or
// alias of YAML that needs it. Read filter.go first; [Document] does the work.
package filter

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/yamledit"
)

// Config selects operations: those that satisfy all conditions are kept. The zero value keeps all.
type Config struct {
	// Tags keeps operations that have one of these tags.
	Tags []string
	// IDs keeps operations with one of these operationIds.
	IDs []string
	// Methods keeps operations with one of these methods, in any case.
	Methods []string
	// Paths, unless nil, keeps operations whose path template it matches.
	Paths *regexp.Regexp
	// Include, unless nil, keeps operations whose description or summary it matches, and Exclude
	// removes those.
	Include, Exclude *regexp.Regexp
	// NoDeprecated removes deprecated operations.
	NoDeprecated bool
}

// UnknownError says that no operation has an ID or a tag that the filter names.
type UnknownError struct{ text string }

func (e *UnknownError) Error() string { return e.text }

// Document removes the operations of a document that c does not select, and then everything without
// references: empty paths, components of all kinds, security schemes, tags, links to removed
// operations. The rest keeps its order and its format and, in YAML, its comments. No reference or
// alias that had a target loses it. kept is the number of operations that are left. An unknown ID
// or tag is an [UnknownError], because it is probably misspelt.
func Document(data []byte, c Config) (out []byte, kept int, err error) {
	doc, err := openapi.Load(data)
	if err != nil {
		return nil, 0, err
	}
	t, err := openapi.ParseTree(data)
	if err != nil {
		return nil, 0, err
	}
	fold := openapi.Unfold(t.Root)
	f := &filter{root: t.Root, config: c, doc: doc, allIDs: map[string]bool{}, allTags: map[string]bool{}, targets: map[string]*yaml.Node{}}
	for r := range openapi.References(f.root) {
		f.targets[r] = f.at(r)
	}
	f.operations()
	for _, id := range c.IDs {
		if !f.allIDs[id] {
			return nil, 0, &UnknownError{fmt.Sprintf("no operation is called %q", id)}
		}
	}
	for _, tag := range c.Tags {
		if !f.allTags[tag] {
			return nil, 0, &UnknownError{fmt.Sprintf("no operation has the tag %q; %s", tag, TagList(slices.Sorted(maps.Keys(f.allTags))))}
		}
	}
	f.move()
	for f.links() || f.components() {
	}
	removePairs(f.root, func(k, v *yaml.Node) bool { return k.Value == openapi.ExtAccess && !openapi.PruneAccess(v, f.root) })
	f.declarations()
	moveAnchors(f.root, map[*yaml.Node]*yaml.Node{})
	if err := fold(); err != nil {
		return nil, 0, fmt.Errorf("write document: %w", err)
	}
	out, err = encode(t)
	return out, f.kept, err
}

// Tags returns the tags of a document's operations, sorted, and the number of operations.
func Tags(doc *openapi3.T) (tags []string, operations int) {
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			operations++
			tags = append(tags, op.Tags...)
		}
	}
	slices.Sort(tags)
	return slices.Compact(tags), operations
}

// maxTags limits the tags in an error.
const maxTags = 50

// TagList lists the tags of a document, for the error of a filter that selects nothing.
func TagList(tags []string) string {
	if len(tags) == 0 {
		return "the document has no tags"
	}
	more := ""
	if len(tags) > maxTags {
		more = fmt.Sprintf(" and %d more", len(tags)-maxTags)
		tags = tags[:maxTags]
	}
	return "the tags are " + strings.Join(tags, ", ") + more
}

func encode(t *yamledit.Tree) ([]byte, error) {
	out, err := t.Encode()
	if err != nil {
		return nil, fmt.Errorf("write document: %w", err)
	}
	if !t.IsJSON() && bytes.Contains(out, []byte("!!binary")) {
		return nil, errors.New("write document: it holds text that is not UTF-8")
	}
	return out, nil
}

// filter is the state of filtering one document.
type filter struct {
	root    *yaml.Node
	doc     *openapi3.T // the complete document
	config  Config
	kept    int                   // operations
	allIDs  map[string]bool       // operationIds of the complete document
	allTags map[string]bool       // tags of its operations
	targets map[string]*yaml.Node // targets of all references of the document, or nil
	index   yamledit.Index
}

// operations removes operations, and paths that become empty.
func (f *filter) operations() {
	f.eachOperation(func(op *yaml.Node) { f.allIDs[text(op, "operationId")] = true })
	removePairs(yamledit.Get(f.root, "paths"), func(path, item *yaml.Node) bool {
		if strings.HasPrefix(path.Value, "x-") {
			return false
		}
		had, left := 0, 0
		content := mapping(f.item(item))
		openapi.RemoveOperations(content, func(method string, op *yaml.Node) bool {
			had++
			for _, t := range items(op, "tags") {
				f.allTags[t.Value] = true
			}
			if f.selects(path.Value, method, op) {
				left++
				return false
			}
			return true
		})
		if f.kept += left; left > 0 && left < had {
			writeOut(item, content.Content)
		}
		return had > 0 && left == 0
	})
}

// item returns the pairs of a path item, those of the item that it refers to included.
func (f *filter) item(item *yaml.Node) []*yaml.Node {
	pairs := yamledit.Merged(item)
	names := map[string]bool{}
	for hops := 0; hops < maxHops; hops++ {
		own := mapping(pairs)
		target := f.targets[text(own, "$ref")]
		if target == nil {
			return pairs
		}
		for k := range yamledit.Pairs(own) {
			names[k.Value] = true
		}
		yamledit.RemovePairs(own, func(k, _ *yaml.Node) bool { return k.Value == "$ref" })
		pairs = own.Content
		more := yamledit.Merged(target)
		for i := 0; i < len(more); i += 2 {
			if k := more[i]; k.Value == "$ref" || !names[k.Value] {
				pairs = append(pairs, k, more[i+1])
			}
		}
	}
	return pairs
}

// maxHops bounds chains of references from a path item or a link to another one.
const maxHops = 100

// selects reports whether an operation satisfies the conditions.
func (f *filter) selects(path, method string, op *yaml.Node) bool {
	c := &f.config
	matches := func(r *regexp.Regexp) bool {
		return r.MatchString(text(op, "description")) || r.MatchString(text(op, "summary"))
	}
	isWanted := func(t *yaml.Node) bool { return slices.Contains(c.Tags, t.Value) }
	hasTag := slices.ContainsFunc(items(op, "tags"), isWanted)
	hasMethod := slices.ContainsFunc(c.Methods, func(m string) bool { return strings.EqualFold(m, method) })
	switch {
	case len(c.Tags) > 0 && !hasTag,
		len(c.Methods) > 0 && !hasMethod,
		len(c.IDs) > 0 && !slices.Contains(c.IDs, text(op, "operationId")),
		c.Paths != nil && !c.Paths.MatchString(path),
		c.Include != nil && !matches(c.Include),
		c.Exclude != nil && matches(c.Exclude),
		c.NoDeprecated && text(op, "deprecated") == "true":
		return false
	}
	return true
}

// links removes links to operations that were removed, and reports whether there were any.
func (f *filter) links() bool {
	left := map[string]bool{}
	f.eachOperation(func(op *yaml.Node) { left[text(op, "operationId")] = true })
	isDead := func(link *yaml.Node) bool {
		for range maxHops {
			target := f.targets[text(link, "$ref")]
			if target == nil {
				break
			}
			link = target
		}
		id, ref := text(link, "operationId"), text(link, "operationRef")
		return id != "" && f.allIDs[id] && !left[id] || strings.HasPrefix(ref, "#/") && f.at(ref) == nil
	}
	removed := false
	f.walk(false, func(n *yaml.Node, kind *openapi.ObjectLayout, _ []string) {
		if kind.Children["links"] == nil {
			return
		}
		removePairs(get(n, "links"), func(_, link *yaml.Node) bool {
			dead := isDead(link)
			removed = removed || dead
			return dead
		})
		removePairs(n, func(k, v *yaml.Node) bool { return k.Value == "links" && isEmpty(v) })
	})
	return removed
}

// isEmpty reports whether a node is a mapping or a list without elements.
func isEmpty(n *yaml.Node) bool {
	return (n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode) && len(n.Content) == 0
}

// entry is a component: the pointer of its section, and its name.
type entry struct{ section, name string }

// sections returns the mappings that hold components, by their pointers: those below "components",
// and in version 2.0 those at the root.
func (f *filter) sections() map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	pairs := yamledit.Merged(get(f.root, "components"))
	for i := 0; i < len(pairs); i += 2 {
		if k := pairs[i].Value; !strings.HasPrefix(k, "x-") {
			out[jsonvalue.Pointer("components", k)] = pairs[i+1]
		}
	}
	for _, k := range []string{"definitions", "parameters", "responses", "securityDefinitions"} {
		if v := get(f.root, k); v != nil && get(f.root, "swagger") != nil {
			out["/"+k] = v
		}
	}
	return out
}

// components removes the components that no reference reaches from outside, and reports whether
// there were any. Components that refer only to each other are removed, too.
func (f *filter) components() bool {
	sections := f.sections()
	reached := f.reached(sections)
	removed := false
	for section, n := range sections {
		removePairs(n, func(k, _ *yaml.Node) bool {
			unused := !reached[entry{section, k.Value}]
			removed = removed || unused
			return unused
		})
	}
	return removed
}

// reached returns the components that are reachable from outside of the sections, directly or
// through other components. A reference into a component reaches all of it.
func (f *filter) reached(sections map[string]*yaml.Node) map[entry]bool {
	all, named := map[entry]*yaml.Node{}, map[string][]entry{}
	for section, n := range sections {
		pairs := yamledit.Merged(n)
		for i := 0; i < len(pairs); i += 2 {
			e := entry{section, pairs[i].Value}
			all[e] = pairs[i+1]
			for name := range namesIn(pairs[i+1]) {
				named[name] = append(named[name], e)
			}
		}
	}
	reached := map[entry]bool{}
	var todo []entry
	reach := func(e entry) {
		if all[e] != nil && !reached[e] {
			reached[e] = true
			todo = append(todo, e)
		}
	}
	visit := func(n *yaml.Node) {
		for r := range openapi.References(n) {
			for _, e := range append(f.entriesOf(r), named[r]...) {
				reach(e)
			}
		}
	}
	for k, v := range yamledit.Pairs(f.root) {
		if k.Value != "components" && sections["/"+k.Value] != v {
			visit(mapping([]*yaml.Node{k, v}))
		}
	}
	for len(todo) > 0 {
		e := todo[0]
		todo = todo[1:]
		visit(all[e])
		for _, name := range openapi.Subtypes(f.doc, e.name) {
			reach(entry{e.section, name})
		}
	}
	return reached
}

// declarations removes tags that nothing uses, and sections that are empty.
func (f *filter) declarations() {
	used := map[string]bool{}
	f.eachOperation(func(op *yaml.Node) {
		for _, t := range items(op, "tags") {
			used[t.Value] = true
		}
	})
	tags := yamledit.Resolve(get(f.root, "tags"))
	for more := true; more; { // the parents of tags (3.2)
		more = false
		for _, t := range yamledit.Items(tags) {
			if parent := text(t, "parent"); parent != "" && used[text(t, "name")] && !used[parent] {
				used[parent], more = true, true
			}
		}
	}
	if tags != nil && tags.Kind == yaml.SequenceNode {
		tags.Content = slices.DeleteFunc(tags.Content, func(t *yaml.Node) bool { return !used[text(t, "name")] })
	}
	removePairs(yamledit.Get(f.root, "components"), func(_, v *yaml.Node) bool { return isEmpty(v) })
	removePairs(f.root, func(k, v *yaml.Node) bool {
		switch k.Value {
		case "components", "tags", "definitions", "parameters", "responses", "securityDefinitions":
			return isEmpty(v)
		}
		return false
	})
}
