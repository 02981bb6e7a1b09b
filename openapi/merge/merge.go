package merge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/yamledit"
)

// Merge adds to a document that people have edited all parts that doc, made from traffic, has and
// the document lacks: operations, parameters, statuses, media types, properties, alternatives, enum
// values, security schemes, components.
//
// It keeps the order, comments, descriptions, names (of operations, components, path parameters),
// extensions and constraints of the existing document. Types are widened only where traffic shows a
// null or a fraction. Servers are added only to a document without servers. Nothing is removed.
//
// existing is JSON or YAML of 3.0 or 3.1, the same version as doc's; doc is as build.Document makes
// it. Merging the same doc a second time changes nothing.
//
// Constraints in the part that earlier exports wrote, if any, are relaxed where traffic contradicts
// them: required members, types, enums and formats. Those of people are listed, and so are parts
// that found no place. doc has absences (see build.Options), or nothing is known to be absent.
func Merge(existing []byte, doc *openapi3.T, earlier Written) (Result, error) {
	version, err := openapi.VersionOf(existing)
	if err != nil {
		return Result{}, err
	}
	switch {
	case version == "2.0":
		return Result{}, errors.New("merge into existing document: it is 2.0; only 3.0 and 3.1 can be merged into")
	case !strings.HasPrefix(doc.OpenAPI, version):
		return Result{}, fmt.Errorf("merge into existing document: it is %s, what was inferred is %s", version, doc.OpenAPI)
	}
	inferred, err := openapi.Data(doc)
	if err != nil {
		return Result{}, fmt.Errorf("merge into existing document: %w", err)
	}
	inferred = unshare(inferred) // people decide which parts are shared; additions are written where they are used
	// A pass can add what lets the next pass match two components, so passes are repeated until
	// nothing is added. The result of the first pass is discarded, except for the names: one place
	// of the document shows which component matches which, other places need to know.
	_, names, _, err := mergeOnce(existing, inferred, version, nil, earlier)
	if err != nil {
		return Result{}, fmt.Errorf("merge into existing document: %w", err)
	}
	var unplaced []Unplaced
	for range maxPasses {
		out, found, skipped, err := mergeOnce(existing, inferred, version, names, earlier)
		if err != nil {
			return Result{}, fmt.Errorf("merge into existing document: %w", err)
		}
		for _, u := range skipped {
			if !slices.Contains(unplaced, u) {
				unplaced = append(unplaced, u)
			}
		}
		if bytes.Equal(out, existing) {
			break
		}
		if earlier, err = earlier.after(existing, out); err != nil {
			return Result{}, fmt.Errorf("merge into existing document: %w", err)
		}
		existing, names = out, found
	}
	return Result{existing, unplaced, earlier}, nil
}

// maxPasses bounds the passes; real documents take two, the second of which finds nothing.
const maxPasses = 10

// mergeOnce makes one pass. previous are the names of components that the pass before found; names
// are those of this.
func mergeOnce(existing []byte, inferred any, version string, previous map[string]string, earlier Written) (
	out []byte, names map[string]string, unplaced []Unplaced, err error,
) {
	t, err := yamledit.Parse(context.Background(), existing) // Merge or a pass before has checked it
	if err != nil {
		return nil, nil, nil, err
	}
	ours := earlier.nodes(t.Root)
	fold := openapi.Unfold(t.Root)
	m := &merger{
		tree: t, old: t.Root, inferred: openapi.DocumentLayout().Node(inferred), v31: version != "3.0",
		names: map[string]string{}, previous: previous, ids: map[string]string{},
		adopted: map[string]map[string]string{},
		merged:  map[[2]*yaml.Node]bool{}, renamed: map[*yaml.Node]bool{}, added: map[string]bool{},
		ours: ours,
	}
	m.document()
	if !m.changed || previous == nil { // only the names of the first pass are used
		return existing, m.names, m.unplaced, nil
	}
	if err := fold(); err != nil {
		return nil, nil, nil, fmt.Errorf("write document: %w", err)
	}
	out, err = t.Write(context.Background())
	return out, m.names, m.unplaced, err
}

func isSameData(a, b any) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}

// merger adds one document to another. Parameters called old are nodes of the existing document,
// parameters called inferred nodes of the document made from traffic.
type merger struct {
	tree          *yamledit.Tree
	old, inferred *yaml.Node
	v31           bool
	changed       bool
	names         map[string]string      // component in inferred ▶ its name in old; "securitySchemes/" before schemes
	previous      map[string]string      // names, as the pass before found them
	ids           map[string]string      // operationId in inferred ▶ the one in old
	merged        map[[2]*yaml.Node]bool // pairs of schemas that are merged
	pending       []*yaml.Node           // copies from inferred whose references still have its names
	renamed       map[*yaml.Node]bool    // scalars in them that have the names of old
	added         map[string]bool        // components that were added
	ours          map[*yaml.Node]bool    // objects that an earlier export wrote and nobody edited

	adopted  map[string]map[string]string // operationId in inferred ▶ new names of its path parameters
	at       []string                     // the place that is merged, from the operation on
	unplaced []Unplaced
}

// add adds a copy of value under key.
func (m *merger) add(to *yaml.Node, key string, value *yaml.Node) *yaml.Node {
	c := m.copyOf(value)
	to.Content = slices.Insert(to.Content, m.indexFor(to, key), yamledit.String(key), c)
	m.pending = append(m.pending, c)
	m.changed = true
	return c
}

// copyOf returns a copy of a node of the inferred document, without the members that only merging
// uses.
func (m *merger) copyOf(n *yaml.Node) *yaml.Node {
	c := yamledit.Copy(n)
	var drop func(n *yaml.Node)
	drop = func(n *yaml.Node) {
		if m.ours != nil {
			m.ours[n] = true
		}
		yamledit.RemovePairs(n, func(k, _ *yaml.Node) bool { return k.Value == openapi.ExtAbsent })
		for _, c := range n.Content {
			drop(c)
		}
	}
	drop(c)
	return c
}

// indexFor returns the index in to.Content for a new key: by the order of keys in a document or an
// operation, by the alphabet if the keys are sorted, else the end. It is never 0: a comment before
// the first key often describes the complete document.
func (m *merger) indexFor(to *yaml.Node, key string) int {
	switch {
	case to == m.old:
		return ranked(to, key, openapi.DocumentLayout().Order)
	case yamledit.Get(to, "responses") != nil:
		return ranked(to, key, openapi.DocumentLayout().Child("paths").Each.Child("get").Order)
	}
	at, sorted := 0, true
	for i := 0; i+1 < len(to.Content); i += 2 {
		k := to.Content[i].Value
		if i > 0 && k < to.Content[i-2].Value {
			sorted = false
		}
		if k < key {
			at = i + 2
		}
	}
	if at == 0 || !sorted || len(to.Content) < 4 {
		return len(to.Content)
	}
	return at
}

// ranked returns the index behind the last key that is not after key in order.
func ranked(to *yaml.Node, key string, order []string) int {
	rank := func(k string) int {
		if i := slices.Index(order, k); i >= 0 {
			return i
		}
		return len(order)
	}
	at := len(to.Content)
	for i := len(to.Content) - 2; i >= 0; i -= 2 {
		if rank(to.Content[i].Value) <= rank(key) {
			at = i + 2
			break
		}
	}
	return at
}

// push adds a copy of value at the end of a sequence.
func (m *merger) push(to *yaml.Node, value *yaml.Node) {
	c := m.copyOf(value)
	to.Content = append(to.Content, c)
	m.pending = append(m.pending, c)
	m.changed = true
}

// addMissing adds those of the keys that old lacks.
func (m *merger) addMissing(old, inferred *yaml.Node, keys ...string) {
	for _, k := range keys {
		if v := yamledit.Get(inferred, k); v != nil && yamledit.Get(old, k) == nil {
			m.add(old, k, v)
		}
	}
}

// section returns the mapping under key, and adds one first if necessary.
func (m *merger) section(parent *yaml.Node, key string) *yaml.Node {
	if n := m.follow(yamledit.Get(parent, key)); n != nil {
		return n
	}
	return m.add(parent, key, yamledit.Mapping())
}

func (m *merger) replace(parent, old, n *yaml.Node) {
	if i := slices.Index(parent.Content, old); i >= 0 {
		m.replaceAt(parent, i, n)
	}
}

// remove removes the pair under key.
func (m *merger) remove(n *yaml.Node, key string) {
	yamledit.RemovePairs(n, func(k, _ *yaml.Node) bool { return k.Value == key })
	m.changed = true
}

func (m *merger) replaceAt(parent *yaml.Node, i int, n *yaml.Node) {
	yamledit.ReplaceAt(parent, i, n)
	m.changed = true
}

// maxReferences bounds a chain of references and aliases, which may be a circle.
const maxReferences = 32

// follow returns the node that an alias or a $ref of the existing document leads to, nil if it
// leads nowhere.
func (m *merger) follow(n *yaml.Node) *yaml.Node {
	for range maxReferences {
		ref := yamledit.Text(yamledit.Get(n, "$ref")) // nil if a property has this name
		switch {
		case n == nil:
			return nil
		case n.Kind == yaml.AliasNode:
			n = n.Alias
		case ref != "":
			n = m.target(ref)
		default:
			return n
		}
	}
	return nil
}

// target returns the node of the existing document that a reference names.
func (m *merger) target(ref string) *yaml.Node { return yamledit.Lookup(m.old, ref) }
