package lint

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/spelling"
	"github.com/spectap/spectap/openapi"
)

// lastToken returns the last token of a pointer.
func lastToken(pointer string) string {
	return jsonvalue.Token(pointer[strings.LastIndex(pointer, "/")+1:])
}

// maxShown bounds the names and values in messages, in bytes.
const maxShown = 60

// shown returns a name or value of the document for a message.
func shown(s string) string {
	if len(s) > maxShown {
		s = strings.ToValidUTF8(s[:maxShown], "") + "…"
	}
	return strconv.Quote(s)
}

// typeOf names the JSON type of a value.
func typeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return "a text"
	case bool:
		return "a boolean"
	case json.Number:
		return "the number " + shown(string(v))
	case []any:
		return "a list"
	}
	return "an object"
}

// typeName names what a shape wants.
func (s *structure) typeName(is *shape) string {
	switch is.kind {
	case kindText:
		return "a text"
	case kindFlag, kindTrue:
		return "true or false"
	case kindNumber:
		return "a number"
	case kindPositive:
		return "a number above 0"
	case kindCount:
		return "a whole number from 0 on"
	case kindList:
		return "a list"
	case kindEither:
		return s.typeName(is.either[0]) + " or " + s.typeName(is.either[1])
	case kindObject:
		return objectName(is.name)
	}
	return "an object"
}

// objectNames are the names that the specification has for objects, where the tables have shorter
// ones.
var objectNames = map[string]string{
	"Docs": "External Documentation", "Variable": "Server Variable", "Item": "Path Item", "Body": "Request Body",
	"Media": "Media Type", "Scheme": "Security Scheme", "Flows": "OAuth Flows", "ImplicitFlow": "OAuth Flow",
	"TokenFlow": "OAuth Flow", "CodeFlow": "OAuth Flow", "Requirement": "Security Requirement", "Document": "OpenAPI",
}

// objectName returns the name of an object with its article.
func objectName(name string) string {
	if n, ok := objectNames[name]; ok {
		name = n
	}
	if strings.ContainsAny(name[:1], "AEIO") {
		return "an " + name + " Object"
	}
	return "a " + name + " Object"
}

// oneOf says which values a member may have.
func oneOf(name string, v any, values []string) string {
	is := typeOf(v)
	if v == false {
		is = "false"
	}
	if text, ok := v.(string); ok {
		is = shown(text)
	}
	return fmt.Sprintf("%s must be %s, is %s", name, strings.Join(values, ", "), is)
}

// keyAdvice returns advice for a wrong key, given the required form of keys.
func keyAdvice(name, key string) string {
	switch {
	case name == "Responses":
		return shown(key) + " is no status: write a code such as 404, a range such as 4XX (not in 2.0), or default"
	case name == "Paths":
		return shown(key) + " is no path: it must begin with a slash"
	}
	return shown(key)
}

// unknownMember says which member an object does not have, and which one may be meant.
func (s *structure) unknownMember(name, key string, o *object) string {
	text := fmt.Sprintf("%s in %s", shown(key), objectName(name))
	for _, later := range []string{"3.1", "3.2"} {
		if s.version >= "3" && s.version < later && objectsOf(later).has(name, key) {
			return text + ": it is new in OpenAPI " + later
		}
	}
	if name == "Item" && openapi.IsOperationKey(strings.ToLower(key)) {
		return text + ": methods are written in lower case"
	}
	for _, k := range slices.Sorted(maps.Keys(o.members)) {
		if spelling.IsNear(strings.ToLower(key), strings.ToLower(k)) {
			return text + ": did you mean " + k + "?"
		}
	}
	return text + ": names of extensions begin with x-"
}
