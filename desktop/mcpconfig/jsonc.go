package mcpconfig

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// jsonFile is a configuration file in JSON with comments and trailing commas, as VS Code and Zed
// write it.
type jsonFile struct {
	text  []byte
	bare  []byte // the text with blanks instead of comments; same offsets
	plain []byte // and without trailing commas
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

// maxDepth bounds the nesting of a configuration.
const maxDepth = 100

// parseJSON parses a file. A file without a value counts as an empty object at its end.
func parseJSON(text []byte) (*jsonFile, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("is not UTF-8")
	}
	bare, plain, err := blank(text)
	if err != nil {
		return nil, err
	}
	f := &jsonFile{text: text, bare: bare, plain: plain}
	if len(bytes.Trim(plain, " \t\r\n")) == 0 {
		return f, nil
	}
	p := parser{plain: plain, d: jsontext.NewDecoder(bytes.NewReader(plain), jsontext.AllowDuplicateNames(true))}
	if f.root, err = p.value(0); err == nil {
		if _, end := p.d.ReadToken(); end != io.EOF {
			err = errors.New("text after the end of the value")
		}
	}
	if err != nil {
		line := 1 + bytes.Count(plain[:min(len(plain), int(p.d.InputOffset()))], []byte("\n"))
		return nil, fmt.Errorf("is not valid JSON near line %d: %w", line, plainSyntax(err))
	}
	if !f.root.object {
		return nil, errors.New("is not a JSON object")
	}
	return f, nil
}

// plainSyntax removes the place from a syntax error, which counts bytes.
func plainSyntax(err error) error {
	if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok && s.Err != nil {
		return s.Err
	}
	return err
}

type parser struct {
	plain []byte
	d     *jsontext.Decoder
}

// next returns the start of the next token.
func (p *parser) next() int {
	i := int(p.d.InputOffset())
	for i < len(p.plain) && strings.IndexByte(" \t\r\n,:", p.plain[i]) >= 0 {
		i++
	}
	return i
}

func (p *parser) value(depth int) (*node, error) {
	if depth > maxDepth {
		return nil, errors.New("is nested too deeply")
	}
	n := &node{start: p.next()}
	kind := p.d.PeekKind()
	if kind != '{' && kind != '[' {
		_, err := p.d.ReadValue()
		n.end = int(p.d.InputOffset())
		return n, err
	}
	if _, err := p.d.ReadToken(); err != nil {
		return n, err
	}
	n.object = kind == '{'
	for p.d.PeekKind() != kind+2 { // } and ] are two after { and [
		m := member{start: p.next()}
		if n.object {
			name, err := p.d.ReadToken()
			if err != nil {
				return n, err
			}
			m.name = name.String()
		}
		var err error
		if m.value, err = p.value(depth + 1); err != nil {
			return n, err
		}
		if n.object {
			n.members = append(n.members, m)
		}
	}
	_, err := p.d.ReadToken()
	n.end = int(p.d.InputOffset())
	return n, err
}

// blank replaces a byte order mark, comments and trailing commas by spaces.
func blank(text []byte) (bare, plain []byte, err error) {
	out := bytes.Clone(text)
	space := func(from, to int) {
		for i := from; i < to; i++ {
			if out[i] != '\n' && out[i] != '\r' {
				out[i] = ' '
			}
		}
	}
	if bytes.HasPrefix(out, []byte("\ufeff")) {
		space(0, 3)
	}
	var trailing []int
	comma := -1     // the last token, if it is a comma that may be trailing
	last := byte(0) // the last byte that is neither white space nor in a comment
	for i := 0; i < len(out); {
		switch c := out[i]; {
		case c == '"':
			for i++; i < len(out) && out[i] != '"'; i++ {
				if out[i] == '\\' {
					i++
				}
			}
			i, comma, last = i+1, -1, c
		case bytes.HasPrefix(out[i:], []byte("//")):
			end := len(out)
			if n := bytes.IndexAny(out[i:], "\r\n"); n >= 0 {
				end = i + n
			}
			space(i, end)
			i = end
		case bytes.HasPrefix(out[i:], []byte("/*")):
			n := bytes.Index(out[i+2:], []byte("*/"))
			if n < 0 {
				return nil, nil, fmt.Errorf("is not valid JSON: the comment in line %d does not end", 1+bytes.Count(out[:i], []byte("\n")))
			}
			space(i, i+2+n+2)
			i += 2 + n + 2
		case c == ',':
			comma = i
			if strings.IndexByte("{[,:", last) >= 0 {
				comma = -1 // the parser reports the error
			}
			i, last = i+1, c
		case c == '}' || c == ']':
			if comma >= 0 {
				trailing = append(trailing, comma)
			}
			i, comma, last = i+1, -1, c
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			i++
		default:
			i, comma, last = i+1, -1, c
		}
	}
	plain = bytes.Clone(out)
	for _, i := range trailing {
		plain[i] = ' '
	}
	return out, plain, nil
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
