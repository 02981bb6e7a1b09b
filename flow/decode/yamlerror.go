package decode

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spectap/spectap/internal/lazyregexp"
)

// parserLine matches a mistake that the YAML library reports one line too early: its parser counts
// lines from 0, its scanner from 1. The line is that of the mistake, or that where the list or
// mapping with the mistake begins.
var parserLine = lazyregexp.New(`^(?:line (\d+): )?(did not find expected (?:key|node content|'-' indicator|',' or ']'|',' or '}'|<.*))$`)

var (
	// unknownKey and wrongType match the library's messages about members of a Go type.
	unknownKey = lazyregexp.New(`field (.+?) not found in type [^\s;]+`)
	wrongType  = lazyregexp.New("cannot unmarshal !!(\\w+)(?: `(.*?)`)? into ([^\\s;]+)")
)

// YAMLError returns an error of the YAML library as one line, with the correct line number of the
// text, and without prefixes and Go types.
func YAMLError(err error, text []byte) error {
	s := strings.TrimPrefix(err.Error(), "yaml: ")
	s = strings.ReplaceAll(strings.TrimPrefix(s, "unmarshal errors:\n  "), "\n  line ", "; line ")
	s = strings.Join(strings.Fields(s), " ")
	s = unknownKey.Get().ReplaceAllString(s, "there is no key $1")
	s = wrongType.Get().ReplaceAllStringFunc(s, func(s string) string {
		m := wrongType.Get().FindStringSubmatch(s)
		return fmt.Sprintf("must be %s, not %s", typeName(m[3]), cmp.Or(m[2], typeName(m[1])))
	})
	if m := parserLine.Get().FindStringSubmatch(s); m != nil {
		n, _ := strconv.Atoi(m[1])
		where := fmt.Sprintf("line %d or below", n+1)
		if last := 1 + bytes.Count(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")); n+1 >= last {
			where = fmt.Sprintf("line %d", last)
		}
		s = where + ": " + m[2]
	}
	return errors.New(s)
}

// typeName says in words what a Go type or a tag of YAML is.
func typeName(t string) string {
	switch {
	case strings.HasPrefix(t, "[]"), t == "seq":
		return "a list"
	case strings.HasPrefix(t, "map["), strings.Contains(t, "."), t == "map":
		return "a mapping"
	case t == "bool":
		return "true or false"
	case strings.HasPrefix(t, "int"), strings.HasPrefix(t, "uint"):
		return "a whole number"
	case strings.HasPrefix(t, "float"):
		return "a number"
	case t == "string", t == "str":
		return "text"
	}
	return t
}
