package naming

import (
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// isAttribute reports whether a literal says by what a thing is looked up: /users/email/{email}.
func isAttribute(literal string) bool {
	switch strings.ToLower(literal) {
	case "id", "uid", "uuid", "guid", "name", "username", "login", "email", "phone", "slug", "handle", "sku", "isbn",
		"symbol", "hash", "sha", "external_id", "externalid", "external-id":
		return true
	}
	words := noun.Words(literal)
	return len(words) > 1 && words[0] == "by"
}

// joinLookups joins an attribute that a parameter follows with the noun before it, so that
// /datasources/uid/{uid} is a data source by UID and not a UID of data sources.
func joinLookups(segments []Segment) []Segment {
	for i := 1; i+1 < len(segments); i++ {
		above, s := segments[i-1].Literal, segments[i]
		if above == "" || IsVersion(above) || isSearch(above) || !isAttribute(s.Literal) || segments[i+1].Literal != "" {
			continue
		}
		words := noun.Words(s.Literal)
		if words[0] == "by" {
			words = words[1:]
		}
		joined := append([]Segment{}, segments[:i]...)
		joined[i-1].by = words
		return joinLookups(append(joined, segments[i+1:]...))
	}
	return segments
}

// lookedUpBy returns the words "by" and the attribute by which the object of a sentence, or else
// its nearest owner, is looked up, nil if it is not.
func (o Operation) lookedUpBy(s sentence) []string {
	for i := min(s.at, len(o.Segments)-1); i >= 0; i-- {
		if by := o.Segments[i].by; by != nil {
			return append([]string{"by"}, by...)
		}
		if i < s.at && o.Segments[i].Literal != "" && o.isParamAt(i+1) {
			return nil // another owner is nearer
		}
	}
	return nil
}

// actionOnMany returns what an operation does whose last literal, at segment i, is a verb and a
// word for how many: PUT /tickets/update_many updates many tickets. ok is false for other literals.
func (o Operation) actionOnMany(i int) (s sentence, ok bool) {
	words := literalWords(o.Segments[i].Literal, false)
	if s, ok := o.actionInBulk(i); ok {
		return s, true
	}
	if len(words) != 2 || i == 0 || o.Segments[i-1].Literal == "" || IsVersion(o.Segments[i-1].Literal) {
		return s, false
	}
	switch words[1] {
	case "many", "multiple", "all":
	default:
		return s, false
	}
	switch words[0] {
	case "show", "get", "list", "read", "fetch":
		words[0] = "list"
	case "create", "update", "delete", "destroy", "remove", "replace", "merge", "restore", "archive", "import", "export",
		"add", "assign", "close", "cancel", "mark", "move", "send", "sync", "upsert", "clear", "enable", "disable":
	default:
		return s, false
	}
	object := append(words[1:2:2], literalWords(noun.Plural(o.Segments[i-1].Literal), false)...)
	return sentence{verb: words[:1:1], object: object, at: i - 1, isAction: true}, true
}

// actionInBulk returns what an operation does whose last literal, at segment i, only says that it
// is done to several things at once: POST /tickets/bulk creates tickets.
func (o Operation) actionInBulk(i int) (s sentence, ok bool) {
	words := literalWords(o.Segments[i].Literal, false)
	if len(words) != 1 || words[0] != "bulk" && words[0] != "batch" || o.Method == "GET" || o.Method == "HEAD" {
		return s, false
	}
	if i == 0 || !noun.IsPlural(o.Segments[i-1].Literal) {
		return sentence{verb: []string{"run"}, object: append(words, "operations"), at: i, isAction: true}, o.Method == "POST"
	}
	s = sentence{verb: []string{"update"}, object: literalWords(o.Segments[i-1].Literal, false), article: theArticle,
		tail: []string{"in", "bulk"}, at: i - 1, isAction: true}
	switch o.Method {
	case "POST":
		s.verb, s.article = []string{"create"}, noArticle
	case "DELETE":
		s.verb = []string{"delete"}
	}
	return s, true
}

// isState reports whether a segment behind an item is a state of it: enabled, healthy.
func isState(segment string) bool {
	return isParticiple(segment) || isAdjective(segment) && !isSuperlative(segment)
}

// stateChange returns what a PUT or POST does whose last literal, at segment i, is a state of the
// item before it: without a body it gives the item this state, else it says whether it has it. A
// GET asks whether it has it.
func (o Operation) stateChange(i int) (s sentence, ok bool) {
	literal := o.Segments[i].Literal
	if o.Method == "GET" && literal == "raw" && o.isParamAt(i-1) && o.Response != ResponseList {
		return sentence{verb: []string{"get"}, object: []string{"raw", "data"}, article: theArticle, at: i}, true
	}
	if o.Method == "GET" && o.Response == ResponseObject && o.isParamAt(i-1) && isState(literal) {
		return sentence{verb: []string{"get"}, object: []string{strings.ToLower(literal), "state"}, article: theArticle, at: i}, true
	}
	if o.Method != "PUT" && o.Method != "POST" || !o.isParamAt(i-1) || !isState(literal) {
		return s, false
	}
	k := i - 1
	for k >= 0 && o.Segments[k].Literal == "" {
		k--
	}
	if k < 0 || IsVersion(o.Segments[k].Literal) {
		return s, false
	}
	if o.IsBodiless {
		return sentence{verb: []string{"mark"}, object: literalWords(o.Segments[k].Literal, true), article: anArticle,
			state: []string{strings.ToLower(literal)}, at: k, isAction: true}, true
	}
	return sentence{verb: []string{"set"}, object: []string{strings.ToLower(literal), "state"}, article: theArticle, at: i}, true
}
