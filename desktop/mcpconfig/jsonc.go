package mcpconfig

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tailscale/hujson"
)

// jsonFile is a configuration file in JSON with comments and trailing commas, as VS Code and Zed
// write it.
type jsonFile struct {
	text  []byte
	plain []byte // the same with blanks instead of comments and trailing commas
	root  *node
}

// node is a value with its place in the text.
type node struct {
	start, end int // text[start:end]
	object     bool
	members    []member
}

type member struct {
	name  string
	start int // of the name
	value *node
	comma int // the offset of the comma behind it, or -1
}

// find returns the member with a name, or nil.
func (n *node) find(name string) (found *member, err error) {
	for i := range n.members {
		if n.members[i].name != name {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("%q occurs twice", name)
		}
		found = &n.members[i]
	}
	return found, nil
}

// parseJSON parses a file. A file without a value counts as an empty object at its end.
func parseJSON(text []byte) (*jsonFile, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("is not UTF-8")
	}
	f := &jsonFile{text: text, plain: bytes.Clone(text)}
	if bytes.HasPrefix(text, []byte("\ufeff")) {
		copy(f.plain, "   ")
	}
	all, err := hujson.Parse(append(bytes.Clone(f.plain), "\n{}"...))
	if err == nil && all.StartOffset > len(text) {
		f.plain = nil
		return f, nil
	}
	if all, err = hujson.Parse(f.plain); err != nil {
		return nil, fmt.Errorf("is not valid JSON: %s", strings.TrimPrefix(err.Error(), "hujson: "))
	}
	if all.Value.Kind() != '{' {
		return nil, errors.New("is not a JSON object")
	}
	f.root = nodeOf(&all)
	f.plain, err = hujson.Standardize(f.plain)
	return f, err
}

func nodeOf(v *hujson.Value) *node {
	n := &node{start: v.StartOffset, end: v.EndOffset}
	object, ok := v.Value.(*hujson.Object)
	if n.object = ok; !ok {
		return n
	}
	for i := range object.Members {
		name, value := &object.Members[i].Name, &object.Members[i].Value
		m := member{name.Value.(hujson.Literal).String(), name.StartOffset, nodeOf(value), -1}
		if i+1 < len(object.Members) || value.AfterExtra != nil { // the library's sign of a trailing comma
			m.comma = value.EndOffset + len(value.AfterExtra)
		}
		n.members = append(n.members, m)
	}
	return n
}

// decode returns the values of the file.
func (f *jsonFile) decode() (map[string]any, error) {
	out := map[string]any{}
	if f.root == nil {
		return out, nil
	}
	d := json.NewDecoder(bytes.NewReader(f.plain))
	d.UseNumber() // numbers may be out of the range of float64
	return out, d.Decode(&out)
}

// at returns the value at a path, or nil if there is none.
func (f *jsonFile) at(path []string) any {
	all, err := f.decode()
	if err != nil {
		return nil
	}
	var v any = all
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}
