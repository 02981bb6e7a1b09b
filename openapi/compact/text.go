package compact

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/spectap/spectap/internal/visible"
)

// Limits of foreign text, in bytes, and of the number of values of an enum. A longer one is cut and
// marked with "…".
const (
	maxText   = 200
	maxValue  = 100
	maxEnum   = 40
	maxValues = 600 // bytes of all values of an enum
)

// get returns the object at a path of members, or nil.
func get(o object, path ...string) object {
	for _, name := range path {
		o, _ = o[name].(object)
	}
	return o
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func items(v any) []any {
	list, _ := v.([]any)
	return list
}

// cut returns at most n bytes of s in complete characters, and marks the cut.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// lineText returns foreign text as part of a line.
func lineText(s string) string { return visible.Line(cut(s, maxText)) }

// quote returns s as a JSON string.
func quote(s string) string { return literal(s, maxText) }

// literal returns a JSON value of at most about n bytes.
func literal(v any, n int) string {
	if s, ok := v.(string); ok {
		v = cut(s, n)
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(v) // data of a document: cannot fail
	return cut(visible.JSON(strings.TrimSuffix(b.String(), "\n")), 2*n)
}

var isIdentifier = regexp.MustCompile(`^[A-Za-z_$@][A-Za-z0-9_$@.-]*$`).MatchString

// identifier returns the name of a parameter, property, operation or security scheme: as it is, or
// as a JSON string.
func identifier(name string) string {
	if isIdentifier(name) && len(name) <= maxText {
		return name
	}
	b, _ := json.Marshal(name)
	return visible.JSON(string(b)) // never cut: two names must not become one
}

// formats are the formats of strings that are written like types.
var formats = map[string]bool{
	"date-time": true, "date": true, "time": true, "duration": true, "uuid": true, "email": true, "uri": true,
	"hostname": true, "ipv4": true, "ipv6": true, "byte": true, "binary": true, "password": true,
}

// reserved are the names, beside formats, that a type of the document cannot have without
// backquotes.
var reserved = strings.Fields("string int int32 int64 number float double bool null any never object map if then else not default form multipart")
