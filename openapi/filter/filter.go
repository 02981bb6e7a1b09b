// Package filter keeps some operations of an OpenAPI document. It removes the others, and whatever
// only they refer to.
//
// It edits the syntax tree of the text. So it preserves order and comments, and the same code
// serves versions 2.0, 3.0 and 3.1. It imports openapi and openapi/yamledit. Read filter.go first;
// [Document] does the work.
package filter

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	yaml "github.com/oasdiff/yaml3"

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
	// Include, unless nil, keeps operations whose description it matches, and Exclude removes
	// those. An operation without a description is matched by its summary.
	Include, Exclude *regexp.Regexp
	// NoDeprecated removes deprecated operations.
	NoDeprecated bool
}

// UnknownError says that no operation has an ID or a tag that the filter names.
type UnknownError struct {
	text string
	// Name is the ID or the tag, and Known are those of the document.
	Name  string
	Known []string
}

func (e *UnknownError) Error() string { return e.text }

// Document removes the operations of a document that c does not select, and then what nothing
// refers to: empty paths, components of all kinds, security schemes, tags, links to removed
// operations. The rest keeps its order and its format and, in YAML, its comments. kept is the
// number of operations that are left. An unknown ID or tag is an [UnknownError], because it is
// probably misspelt.
func Document(data []byte, c Config) (out []byte, kept int, err error) {
	if _, err := openapi.Load(data); err != nil {
		return nil, 0, err
	}
	t, err := openapi.ParseTree(data)
	if err != nil {
		return nil, 0, err
	}
	f := &filter{
		root: t.Root, config: c,
		allIDs: map[string]bool{}, allTags: map[string]bool{}, ids: map[string]bool{}, tags: map[string]bool{}, schemes: map[string]bool{},
	}
	f.operations()
	for _, id := range c.IDs {
		if !f.allIDs[id] {
			return nil, 0, &UnknownError{fmt.Sprintf("no operation is called %q", id), id, slices.Sorted(maps.Keys(f.allIDs))}
		}
	}
	for _, tag := range c.Tags {
		if !f.allTags[tag] {
			known := slices.Sorted(maps.Keys(f.allTags))
			return nil, 0, &UnknownError{fmt.Sprintf("no operation has the tag %q; %s", tag, TagList(known)), tag, known}
		}
	}
	f.links(t.Root)
	for f.components() {
	}
	f.declarations()
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

// TagList says which tags a document has, for the error of a filter that selects nothing.
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
	config  Config
	kept    int             // operations
	allIDs  map[string]bool // operationIds of the whole document
	allTags map[string]bool // tags of its operations
	ids     map[string]bool // operationIds of the kept operations
	tags    map[string]bool // tags of the kept operations
	schemes map[string]bool // security schemes of the kept operations
	index   yamledit.Index
}

// operations removes operations, and paths that have none left.
func (f *filter) operations() {
	yamledit.RemovePairs(yamledit.Get(f.root, "paths"), func(path, item *yaml.Node) bool {
		if strings.HasPrefix(path.Value, "x-") {
			return false
		}
		had, left := false, false
		yamledit.RemovePairs(item, func(method, op *yaml.Node) bool {
			if !openapi.IsOperationKey(method.Value) {
				return false
			}
			had = true
			f.allIDs[yamledit.Text(yamledit.Get(op, "operationId"))] = true
			for _, t := range yamledit.Items(yamledit.Get(op, "tags")) {
				f.allTags[t.Value] = true
			}
			if !f.selects(path.Value, method.Value, op) {
				return true
			}
			left = true
			f.record(op)
			return false
		})
		return had && !left
	})
	f.require(yamledit.Get(f.root, "security"))
}

// selects reports whether an operation satisfies the conditions.
func (f *filter) selects(path, method string, op *yaml.Node) bool {
	c := &f.config
	text := cmp.Or(yamledit.Text(yamledit.Get(op, "description")), yamledit.Text(yamledit.Get(op, "summary")))
	isWanted := func(t *yaml.Node) bool { return slices.Contains(c.Tags, t.Value) }
	hasTag := slices.ContainsFunc(yamledit.Items(yamledit.Get(op, "tags")), isWanted)
	hasMethod := slices.ContainsFunc(c.Methods, func(m string) bool { return strings.EqualFold(m, method) })
	switch {
	case len(c.Tags) > 0 && !hasTag,
		len(c.Methods) > 0 && !hasMethod,
		len(c.IDs) > 0 && !slices.Contains(c.IDs, yamledit.Text(yamledit.Get(op, "operationId"))),
		c.Paths != nil && !c.Paths.MatchString(path),
		c.Include != nil && !c.Include.MatchString(text),
		c.Exclude != nil && c.Exclude.MatchString(text),
		c.NoDeprecated && yamledit.Text(yamledit.Get(op, "deprecated")) == "true":
		return false
	}
	return true
}

// record counts an operation that is kept, and notes what it uses.
func (f *filter) record(op *yaml.Node) {
	f.kept++
	if id := yamledit.Text(yamledit.Get(op, "operationId")); id != "" {
		f.ids[id] = true
	}
	for _, t := range yamledit.Items(yamledit.Get(op, "tags")) {
		f.tags[t.Value] = true
	}
	f.require(yamledit.Get(op, "security"))
}

// require notes the security schemes of a security requirement.
func (f *filter) require(security *yaml.Node) {
	for _, r := range yamledit.Items(security) {
		for name := range yamledit.Pairs(r) {
			f.schemes[name.Value] = true
		}
	}
}

// links removes links to operations that were removed.
func (f *filter) links(n *yaml.Node) {
	yamledit.RemovePairs(n, func(k, v *yaml.Node) bool {
		if k.Value != "links" {
			return false
		}
		yamledit.RemovePairs(v, func(_, link *yaml.Node) bool {
			id, ref := yamledit.Get(link, "operationId"), yamledit.Get(link, "operationRef")
			return id != nil && f.allIDs[id.Value] && !f.ids[id.Value] ||
				ref != nil && strings.HasPrefix(ref.Value, "#/") && f.index.Lookup(f.root, ref.Value) == nil
		})
		return v.Kind == yaml.MappingNode && len(v.Content) == 0
	})
	for _, c := range n.Content {
		if c.Kind != yaml.AliasNode {
			f.links(c)
		}
	}
}

// sections returns the mappings that hold components: those below "components", and in version 2.0
// those at the root. The keys are the prefixes of references to them.
func (f *filter) sections() map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	for k, v := range yamledit.Pairs(yamledit.Get(f.root, "components")) {
		if k.Value != "securitySchemes" && !strings.HasPrefix(k.Value, "x-") {
			out["#/components/"+k.Value+"/"] = v
		}
	}
	for _, k := range []string{"definitions", "parameters", "responses"} {
		if v := yamledit.Get(f.root, k); v != nil && yamledit.Get(f.root, "swagger") != nil {
			out["#/"+k+"/"] = v
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
	for prefix, section := range sections {
		yamledit.RemovePairs(section, func(k, _ *yaml.Node) bool {
			unused := !reached[prefix+strings.TrimPrefix(yamledit.Pointer(k.Value), "/")]
			removed = removed || unused
			return unused
		})
	}
	return removed
}

// reached returns the references to components that are reachable from outside of the sections,
// directly or through other components.
func (f *filter) reached(sections map[string]*yaml.Node) map[string]bool {
	reached := map[string]bool{}
	todo := []string{}
	visit := func(n *yaml.Node) {
		for r := range openapi.References(n) {
			if !reached[r] {
				reached[r] = true
				todo = append(todo, r)
			}
		}
	}
	for k, v := range yamledit.Pairs(f.root) {
		if k.Value != "components" && sections["#/"+k.Value+"/"] != v {
			visit(v)
		}
	}
	for len(todo) > 0 {
		r := todo[0]
		todo = todo[1:]
		visit(f.index.Lookup(f.root, r))
		// A reference into a component keeps the component.
		if tokens := strings.SplitN(strings.TrimPrefix(r, "#/"), "/", 4); len(tokens) == 4 && tokens[0] == "components" {
			whole := "#/" + strings.Join(tokens[:3], "/")
			if !reached[whole] {
				reached[whole] = true
				todo = append(todo, whole)
			}
		}
	}
	return reached
}

// declarations removes tags and security schemes that nothing uses, and sections that are empty.
func (f *filter) declarations() {
	if tags := yamledit.Get(f.root, "tags"); tags != nil && tags.Kind == yaml.SequenceNode {
		isUnused := func(t *yaml.Node) bool { return !f.tags[yamledit.Text(yamledit.Get(t, "name"))] }
		tags.Content = slices.DeleteFunc(tags.Content, isUnused)
	}
	for _, n := range []*yaml.Node{
		yamledit.Get(f.root, "components", "securitySchemes"), yamledit.Get(f.root, "securityDefinitions"),
	} {
		yamledit.RemovePairs(n, func(k, _ *yaml.Node) bool { return !f.schemes[k.Value] })
	}
	empty := func(_, v *yaml.Node) bool {
		return v.Kind != yaml.ScalarNode && v.Kind != yaml.AliasNode && len(v.Content) == 0
	}
	yamledit.RemovePairs(yamledit.Get(f.root, "components"), empty)
	yamledit.RemovePairs(f.root, func(k, v *yaml.Node) bool {
		switch k.Value {
		case "components", "tags", "definitions", "parameters", "responses", "securityDefinitions":
			return empty(k, v)
		}
		return false
	})
}
