package postman

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow/exchange"
)

var named = regexp.MustCompile(`\{\{\s*([^{}]+?)\s*\}\}`)

// scope has the values of variables: its own, then those of the enclosing scopes. Scopes refer to
// each other, because a copy in each of many items would take the square of a file's size.
type scope struct {
	own   map[string]string
	outer *scope // or nil
}

// within returns the variables of a part of the collection.
func (s *scope) within(own []variable) *scope {
	if len(own) == 0 {
		return s
	}
	out := &scope{make(map[string]string, len(own)), s}
	for _, v := range own {
		if !v.Disabled && v.Value != nil {
			out.own[v.name()] = v.text()
		}
	}
	return out
}

func (s *scope) value(name string) (value string, ok bool) {
	for ; s != nil && !ok; s = s.outer {
		value, ok = s.own[name]
	}
	return value, ok
}

// Bounds on the bytes that variables add to all texts of an example, and of a file. Values may name
// each other, and texts may name one often.
const (
	maxReplaced      = 1 << 20
	maxReplacedOfAll = 256 << 20
)

// quoted returns a text of JSON with a placeholder string for each variable that has no value and
// takes the place of a JSON value, so that the text can be parsed.
func quoted(text string) string {
	if !strings.Contains(text, "{{") {
		return text
	}
	var b strings.Builder
	inString := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\' && i+1 < len(text):
			b.WriteByte(c)
			i++
		case c == '"':
			inString = !inString
		case !inString && c == '{':
			if m := named.FindString(text[i:min(len(text), i+maxName)]); m != "" && strings.HasPrefix(text[i:], m) {
				b.Write(strconv.AppendQuote(nil, m))
				i += len(m) - 1
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// maxName bounds the names of variables without a value, in bytes.
const maxName = 200

// replacer replaces the variables of one example.
type replacer struct {
	values *scope
	room   int // for values; negative: exceeded
}

// take reports whether there is room for a value.
func (r *replacer) take(value string) bool {
	if r.room >= 0 {
		r.room -= len(value)
	}
	return r.room >= 0
}

// err returns an error if values had no room.
func (r *replacer) err() error {
	if r.room < 0 {
		return fmt.Errorf("values of variables: %w (%d MiB, and %d MiB of a file)", exchange.ErrTooLarge, maxReplaced>>20, maxReplacedOfAll>>20)
	}
	return nil
}

// replace replaces {{name}} by values, also in values, and returns the first name without one.
func (r *replacer) replace(s string) (out, missing string) {
	for range 8 { // values may name others
		missing = ""
		found := false
		s = named.ReplaceAllStringFunc(s, func(m string) string {
			found = true
			name := named.FindStringSubmatch(m)[1]
			if v, ok := r.values.value(name); ok && r.take(v) {
				return v
			}
			missing = cmp.Or(missing, name)
			return m
		})
		if !found || missing != "" {
			return s, missing
		}
	}
	if m := named.FindStringSubmatch(s); m != nil {
		missing = m[1]
	}
	return s, missing
}
