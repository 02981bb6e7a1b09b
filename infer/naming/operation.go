// Package naming gives operations an operationId, a summary and a tag in plain English.
//
// It works on path templates: GET /users/{id}/orders is listUserOrders, "List the orders of a
// user". [Reduce] drops the segments that say nothing, [Spelling] splits words that a path joins,
// and [IDs] makes the names unique.
//
// The package imports flow/call and infer/noun, and golang.org/x/net/publicsuffix for the domains
// in paths. Read operation.go first.
package naming

import (
	"strings"

	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/infer/noun"
)

// Segment is one segment of a path template.
type Segment struct {
	// Literal is the text of the segment, "" if it has a parameter.
	Literal string
	// Params are the names of its parameters.
	Params []string

	isCurrent bool // Literal names the current one of its kind, as "current-user" does
}

// Response is the shape of a successful response.
type Response int

// Shapes of responses.
const (
	ResponseUnknown Response = iota
	ResponseList             // a list
	ResponsePage             // an object with one list, of the things below the path
	ResponseObject           // an object without a list
)

// Operation holds what the names of an operation depend on.
type Operation struct {
	Variant call.Variant
	Method  string // upper case
	// Segments are the segments below the servers' prefix, reduced by [Reduce] and spelled by
	// [Spelling].
	Segments []Segment
	// HasPatch reports whether the path also has the method PATCH.
	HasPatch bool
	// IsAction reports whether the method is POST, and the path has no other method and no path
	// below it.
	IsAction bool
	Response Response
}

// words returns the words of the operationId: the verb, the owners and the subject, as in list user
// orders.
func (o Operation) words() []string {
	switch i := o.subjectIndex(); {
	case o.Variant.IsBatch() && i >= 0: // batchGraphql
		return append([]string{"batch"}, literalWords(o.Segments[i].Literal, false)...)
	case o.Variant.Name != "":
		return noun.Words(o.Variant.Name)
	}
	o.Segments = joinQualifiers(o.Segments)
	verb, subject, action := o.verbAndSubject()
	owners := o.owners()
	if action { // cancelOrder
		words := append([]string{}, subject...)
		if len(owners) > 0 {
			words = append(words, owners[len(owners)-1]...)
		}
		return words
	}
	words := []string{verb}
	for _, owner := range owners {
		words = append(words, owner...)
	}
	return append(words, subject...)
}

// verbAndSubject returns the verb of the operation and the words of its subject. action reports
// that the subject is itself the verb, as in POST /orders/{id}/cancel.
func (o Operation) verbAndSubject() (verb string, subject []string, action bool) {
	i := o.subjectIndex()
	if i < 0 {
		return verbOf(o.Method, false), []string{"root"}, false
	}
	literal := o.Segments[i].Literal
	isItem := i < len(o.Segments)-1
	switch {
	case isItem && o.Method == "POST" && o.HasPatch:
		return "create", literalWords(literal, true), false
	case isItem:
		return verbOf(o.Method, true), literalWords(literal, true), false
	case o.Method == "POST" && noun.IsPlural(literal):
		return "create", literalWords(literal, true), false
	case o.Method == "POST" && o.isActionAt(i):
		return "", literalWords(literal, false), true
	case o.Method == "POST" && !o.Segments[i].isCurrent:
		return "create", literalWords(literal, false), false
	case o.Method == "GET" && noun.IsReadVerb(literal) && o.Response != ResponsePage:
		return "", literalWords(literal, false), true
	case o.Method == "GET" && o.Response == ResponsePage:
		return "list", literalWords(noun.Plural(literal), false), false
	case o.Method == "GET" && (o.Response == ResponseList || noun.IsPlural(literal) && o.Response != ResponseObject):
		return "list", literalWords(literal, false), false
	}
	return verbOf(o.Method, true), literalWords(literal, false), false
}

// isActionAt reports whether the last segment of a POST is a verb: an action on the item before it,
// or a known verb.
func (o Operation) isActionAt(i int) bool {
	s := o.Segments[i]
	return o.IsAction && !s.isCurrent && !isThing(s.Literal) &&
		(i > 0 && o.Segments[i-1].Literal == "" || noun.IsVerb(s.Literal))
}

// isThing reports whether the literal that a POST ends in is what it creates, and no verb.
func isThing(literal string) bool {
	words := literalWords(literal, false)
	switch last := words[len(words)-1]; last {
	case "token", "session", "key", "secret", "code", "link", "url", "media", "data", "lookup":
		return true
	case "increment", "decrement":
		return false
	default:
		return len(words) == 1 && len(last) > 5 &&
			(strings.HasSuffix(last, "tion") || strings.HasSuffix(last, "sion") || strings.HasSuffix(last, "ment"))
	}
}

// subjectIndex returns the index of the last literal that is not a version, -1 if the path has
// none.
func (o Operation) subjectIndex() int {
	for i := len(o.Segments) - 1; i >= 0; i-- {
		if l := o.Segments[i].Literal; l != "" && !IsVersion(l) {
			return i
		}
	}
	return -1
}

// owners returns the words of each literal above the subject, in the singular before a parameter.
func (o Operation) owners() [][]string {
	var owners [][]string
	for i := range max(o.subjectIndex(), 0) {
		l := o.Segments[i].Literal
		if l == "" || IsVersion(l) {
			continue
		}
		owners = append(owners, literalWords(l, o.Segments[i+1].Literal == ""))
	}
	return owners
}

// literalWords returns the words of a literal, "root" if it has none. The last word becomes
// singular if singular is true.
func literalWords(literal string, singular bool) []string {
	words := noun.Words(literal)
	if len(words) == 0 {
		words = []string{"root"}
	}
	if singular {
		words[len(words)-1] = noun.Singular(words[len(words)-1])
	}
	return words
}

// verbOf returns the verb of a method. A POST updates an item and creates anything else.
func verbOf(method string, isItem bool) string {
	switch method {
	case "GET":
		return "get"
	case "HEAD":
		return "check"
	case "PUT":
		return "replace"
	case "PATCH":
		return "update"
	case "DELETE":
		return "delete"
	case "POST":
		if isItem {
			return "update"
		}
		return "create"
	}
	return strings.ToLower(method)
}

// Tag returns the first word of the path that is neither a version nor "api", "" if there is none.
func (o Operation) Tag() string {
	for _, s := range o.Segments {
		if s.Literal != "" && !IsVersion(s.Literal) && !strings.EqualFold(s.Literal, "api") {
			return strings.Join(noun.Words(s.Literal), "-")
		}
	}
	return ""
}
