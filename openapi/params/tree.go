package params

import (
	"cmp"
	"math"
	"net/url"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/openapi"
)

// Tree is the structure that brackets in the names of a form describe.
type Tree struct {
	keys     []string // of the children, as they first occurred
	children map[string]*Tree
	leaves   []any
}

// Text is a leaf that is read by its schema. Other leaves are data.
type Text string

// IsEmpty reports whether nothing was put.
func (t *Tree) IsEmpty() bool { return len(t.keys) == 0 && len(t.leaves) == 0 }

// Put adds a leaf under a path of keys. An empty key is that of a new item.
func (t *Tree) Put(keys []string, leaf any) {
	if len(keys) == 0 {
		t.leaves = append(t.leaves, leaf)
		return
	}
	child := t.children[keys[0]]
	if child == nil {
		if child = (&Tree{}); t.children == nil {
			t.children = make(map[string]*Tree)
		}
		t.children[keys[0]] = child
		t.keys = append(t.keys, keys[0])
	}
	child.Put(keys[1:], leaf)
}

// PutField adds a field of a form. A name that the schema declares, brackets included, is one key.
func (t *Tree) PutField(r *openapi3.SchemaRef, name string, leaf any) { t.Put(keysOf(r, name), leaf) }

func keysOf(r *openapi3.SchemaRef, name string) []string {
	if openapi.SchemaProperty(r, name) != nil {
		return []string{name}
	}
	return openapi.BracketKeys(name)
}

// Tree returns a tree as data of a schema's types.
func (rd Reader) Tree(r *openapi3.SchemaRef, t *Tree) any {
	switch {
	case len(t.keys) == 0 && len(t.leaves) == 1:
		v := rd.leaf(r, t.leaves[0])
		if _, isList := v.([]any); isList || !openapi.IsArray(r) || rd.Admits(r, v) {
			return v
		}
		return rd.items(nil, r, t.leaves)
	case len(t.keys) == 0:
		return rd.items([]any{}, r, t.leaves)
	case t.isList(r):
		return rd.list(r, t)
	}
	return rd.Members(r, t)
}

// Members returns a tree as an object.
func (rd Reader) Members(r *openapi3.SchemaRef, t *Tree) any {
	values := make([]any, len(t.keys))
	for i, k := range t.keys {
		values[i] = rd.Tree(MemberSchema(r, k), t.children[k])
	}
	return rd.Object(t.keys, values)
}

func (rd Reader) leaf(r *openapi3.SchemaRef, leaf any) any {
	if text, isText := leaf.(Text); isText {
		return rd.Scalar(r, string(text))
	}
	return leaf
}

// items appends leaves as items of a list.
func (rd Reader) items(list []any, r *openapi3.SchemaRef, leaves []any) []any {
	for _, x := range leaves {
		list = append(list, rd.leaf(openapi.SchemaItems(r), x))
	}
	return list
}

// isList reports whether the children are items: their keys are numbers or empty, and the schema is
// of a list or leaves it open. Where it does, numbers count from 0, since they may be identifiers.
func (t *Tree) isList(r *openapi3.SchemaRef) bool {
	isCounted := true
	for i, k := range t.keys {
		if _, err := strconv.Atoi(k); k != "" && err != nil {
			return false
		}
		isCounted = isCounted && (k == "" || k == strconv.Itoa(i))
	}
	return openapi.IsArray(r) || isCounted && !openapi.IsObject(r)
}

// list returns the items of a list, those with numbers in their order.
func (rd Reader) list(r *openapi3.SchemaRef, t *Tree) any {
	number := func(k string) int {
		if n, err := strconv.Atoi(k); err == nil {
			return n
		}
		return math.MaxInt
	}
	list := []any{}
	for _, k := range slices.SortedStableFunc(slices.Values(t.keys), func(a, b string) int { return cmp.Compare(number(a), number(b)) }) {
		if child := t.children[k]; k == "" && len(child.keys) == 0 {
			list = rd.items(list, r, child.leaves)
		} else {
			list = append(list, rd.Tree(openapi.SchemaItems(r), child))
		}
	}
	return list
}

// MemberSchema returns the schema of an object's member: that of its property, else
// additionalProperties.
func MemberSchema(r *openapi3.SchemaRef, name string) *openapi3.SchemaRef {
	if x := openapi.SchemaProperty(r, name); x != nil {
		return x
	}
	for s := range openapi.ComposedSchemas(r) {
		if x := s.AdditionalProperties.Schema; x != nil {
			return x
		}
	}
	return nil
}

// Form reads the pairs of application/x-www-form-urlencoded as the object that a media type
// describes.
func (rd Reader) Form(m *openapi3.MediaType, pairs []decode.Pair) (any, error) {
	tree, unescape := &Tree{}, rd.unescaper(url.QueryUnescape)
	for _, x := range pairs {
		s, err := unescape(x.Raw)
		if err != nil {
			return nil, errEscapes
		}
		if v, isValue, err := rd.encoded(m, x, s); err != nil {
			return nil, err
		} else if isValue {
			tree.Put([]string{x.Name}, v)
			continue
		}
		tree.PutField(m.Schema, x.Name, Text(s))
	}
	return rd.Members(m.Schema, tree), nil
}

// encoded reads a field whose encoding makes it one value: JSON, or an array with separators.
func (rd Reader) encoded(m *openapi3.MediaType, x decode.Pair, text string) (v any, isValue bool, err error) {
	enc, field := m.Encoding[x.Name], MemberSchema(m.Schema, x.Name)
	switch {
	case enc == nil:
		return nil, false, nil
	case enc.ContentType != "":
		if !decode.IsJSON(decode.MediaType(enc.ContentType)) {
			return nil, false, nil
		}
		if v, err = rd.JSON([]byte(text)); err != nil {
			err = errJSON
		}
		return v, true, err
	case !openapi.IsComposite(field) || enc.Style == openapi3.SerializationDeepObject:
		return nil, false, nil
	case enc.Explode != nil && *enc.Explode, enc.Explode == nil && (enc.Style == "" || enc.Style == openapi3.SerializationForm):
		return nil, false, nil
	}
	raw, sep := UnescapeSeparator(enc.Style, x.Raw)
	v, err = rd.split(raw, sep, false, field, rd.unescaper(url.QueryUnescape))
	return v, true, err
}
