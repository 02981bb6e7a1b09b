package mock

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/internal/jsonvalue"
)

// world is a state: the items of all collections, by path, such as /users/7/orders. Items are never
// changed, but replaced.
type world map[string]*collection

// collection has the items of one path.
type collection struct {
	Keys  []string       `json:"keys"` // in the order in which they were added
	Items map[string]any `json:"items"`
	Most  int64          `json:"most"` // the largest integer that was a key
}

func (w world) clone() world {
	out := world{}
	for path, c := range w {
		out[path] = &collection{slices.Clone(c.Keys), maps.Clone(c.Items), c.Most}
	}
	return out
}

// at returns a collection, which may be empty.
func (w world) at(path string) *collection {
	if c := w[path]; c != nil {
		return c
	}
	return &collection{}
}

// set adds or replaces an item.
func (w world) set(path, key string, item any) {
	c := w[path]
	if c == nil {
		c = &collection{Items: map[string]any{}}
		w[path] = c
	}
	if _, ok := c.Items[key]; !ok {
		c.Keys = append(c.Keys, key)
	}
	if n, err := strconv.ParseInt(key, 10, 62); err == nil {
		c.Most = max(c.Most, n)
	}
	c.Items[key] = item
}

// remove removes an item and the collections below it.
func (w world) remove(path, key string) {
	c := w.at(path)
	delete(c.Items, key)
	c.Keys = slices.DeleteFunc(c.Keys, func(k string) bool { return k == key })
	maps.DeleteFunc(w, func(below string, _ *collection) bool {
		return strings.HasPrefix(below, path+"/"+url.PathEscape(key)+"/")
	})
}

// list returns the items of a collection.
func (w world) list(path string) (out []any) {
	for _, key := range w.at(path).Keys {
		out = append(out, w[path].Items[key])
	}
	return out
}

// ErrState reports that data is no saved state.
var ErrState = errors.New("not a state that spectap mock --save wrote")

func decodeWorld(data []byte) (world, error) {
	var w world
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber() // as they are written
	d.DisallowUnknownFields()
	if d.Decode(&w) != nil || w == nil {
		return nil, ErrState
	}
	for _, c := range w {
		if c == nil || len(c.Keys) != len(c.Items) || slices.ContainsFunc(c.Keys, func(k string) bool { return c.Items[k] == nil }) {
			return nil, ErrState
		}
	}
	return w, nil
}

func encode(v any) []byte { return jsonvalue.Encode(v) }

// maxPointer bounds the pointers to objects that are descended: their bytes count for each leaf.
const maxPointer = 256

// leavesOf returns the scalars and lists of a value by their JSON pointers. Objects are descended.
func leavesOf(v any) map[string]any {
	out := map[string]any{}
	var walk func(at string, v any)
	walk = func(at string, v any) {
		o, ok := v.(map[string]any)
		if !ok || len(o) == 0 || len(at) > maxPointer {
			out[at] = v
			return
		}
		for k, e := range o {
			walk(at+jsonvalue.Pointer(k), e)
		}
	}
	if walk("", v); v == nil {
		clear(out)
	}
	return out
}

// unflatten is the inverse of leavesOf for objects.
func unflatten(leaves map[string]any) any {
	root := map[string]any{}
	for _, at := range slices.Sorted(maps.Keys(leaves)) {
		tokens, o := jsonvalue.Tokens(at), root
		for i, t := range tokens {
			child, ok := o[t].(map[string]any)
			switch {
			case i == len(tokens)-1:
				o[t] = leaves[at]
			case !ok: // also what was a scalar
				child = map[string]any{}
				o[t] = child
			}
			o = child
		}
	}
	return root
}

// at returns the value at a pointer.
func at(v any, pointer string) (any, bool) { return jsonvalue.At(v, jsonvalue.Tokens(pointer)...) }

// with returns a copy of v with another value at a pointer.
func with(v any, pointer string, to any) any {
	o, ok := v.(map[string]any)
	if pointer == "" || !ok {
		return to
	}
	tokens := jsonvalue.Tokens(pointer)
	o = maps.Clone(o)
	o[tokens[0]] = with(o[tokens[0]], jsonvalue.Pointer(tokens[1:]...), to)
	return o
}

// text returns a scalar as text, and reports false for lists, objects and null.
func text(v any) (string, bool) {
	switch v.(type) {
	case nil, map[string]any, []any:
		return "", false
	}
	return fmt.Sprint(v), true
}

// same reports whether two values are equal, also if one is text and the other a number or boolean.
func same(a, b any) bool {
	s, okA := text(a)
	t, okB := text(b)
	return okA == okB && s == t && (okA || string(encode(a)) == string(encode(b)))
}
