// Package naming gives operations an operationId, a summary and a tag in plain English.
//
// It works on path templates: GET /users/{id}/orders is listUserOrders, "List the orders of a
// user". [Reduce] drops uninformative segments, [Spelling] splits words that a path joins,
// [Vocabulary] spells words in prose, and [IDs] makes the names unique.
//
// Read operation.go first; sentence.go decides what an operation does.
package naming

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/internal/verb"
)

// Segment is one segment of a path template.
type Segment struct {
	// Literal is the text of the segment, "" if it has a parameter.
	Literal string
	// Params are the names of its parameters.
	Params []string
	// IsCommand reports whether Literal is a verb whose object is the segment before it, as the
	// custom verb behind a colon is (google.aip.dev/136).
	IsCommand bool

	isCurrent   bool     // Literal names the current one of its kind, as "current-user" does
	isOwn       bool     // Literal is the name of the parameter behind it, not written in the path
	isShared    bool     // nearly all paths have Literal, so names leave it out
	isProcedure bool     // Literal is the last part of the dotted name of a procedure
	by          []string // the words of the attribute by which the parameter after Literal selects
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
	// HasItems reports whether a parameter follows the path elsewhere.
	HasItems bool
	// Read is the shape of the response to GET of the same path.
	Read Response
	// HasDelete reports whether the path also has the method DELETE.
	HasDelete bool
	// HasBodilessPut reports whether no PUT of the same path had a body.
	HasBodilessPut bool
	// IsAlone reports whether the path has no other method, and no items.
	IsAlone bool
	// IsBodiless reports whether no request had a body.
	IsBodiless bool
	// IsCall reports whether the method is uninformative: all operations of the API are POSTs.
	IsCall bool
	// IsRead reports whether a POST only reads, as a GET of the path does.
	IsRead   bool
	Response Response
}

// words returns the words of the operationId: the verb, the owners and the object, as in list user
// orders. An action names only the nearest owner, and a long name only the nearest ones; more is
// the number of additional owners.
func (o Operation) words(more int) []string {
	switch i := o.subjectIndex(); {
	case o.Variant.IsBatch() && i >= 0: // batchGraphql
		return append([]string{"batch"}, literalWords(o.Segments[i].Literal, false)...)
	case o.Variant.Name != "":
		if words := noun.Words(o.Variant.Name); len(words) > 0 {
			return words
		}
		return noun.Words(o.Variant.Kind) // of a name such as "_"
	}
	o.Segments = o.joined()
	s := o.sentence()
	named := func(owners [][]string) []string {
		words := slices.Concat(s.verb, slices.Concat(owners...), s.object, s.tail, o.lookedUpBy(s))
		return append(words, s.becoming()...) // markInvoiceAsPaid
	}
	owners := slices.DeleteFunc(o.ownersAbove(s, more > 0), func(owner []string) bool { return holdsWords(s.object, owner) })
	first := 0
	for first+1 < len(owners) && (s.isAction || len(noun.Camel(named(owners[first:])...)) > maxOwned) {
		first++
	}
	return named(owners[max(0, first-more):])
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

// ownersAbove returns the words of each literal above the object of a sentence, in the singular
// before a parameter and the phrase of an action. Those that nearly all paths have, or none writes,
// are left out unless all is true.
func (o Operation) ownersAbove(of sentence, all bool) [][]string {
	var owners [][]string
	for k := range max(of.at, 0) {
		s := o.Segments[k]
		if s.Literal == "" || IsVersion(s.Literal) || !all && (s.isOwn || s.isShared) {
			continue
		}
		words := literalWords(s.Literal, o.Segments[k+1].Literal == "")
		if of.isAction && k == of.at-1 && k == o.subjectIndex()-1 { // accounts/verify_credentials
			words = adjunct(s.Literal)
		}
		owners = append(owners, words)
	}
	return owners
}

// holdsWords reports whether the words of an owner are among those of an object, so that the owner
// need not be named: the external upload of uploads.
func holdsWords(object, owner []string) bool {
	one := slices.Clone(owner)
	one[len(one)-1] = noun.Singular(one[len(one)-1])
	for i := range len(object) - len(one) + 1 {
		if len(object) > len(one) && (slices.Equal(object[i:i+len(one)], one) || slices.Equal(object[i:i+len(one)], owner)) {
			return true
		}
	}
	return false
}

// isParamAt reports whether segment i exists and has a parameter.
func (o Operation) isParamAt(i int) bool {
	return i >= 0 && i < len(o.Segments) && o.Segments[i].Literal == ""
}

// isActionAt reports whether the last segment of a POST is a verb: an action on the item before it,
// or a known verb. If the path has other methods or items, it must be a verb that is no noun, or an
// act: the GET of /commands/send lists what the POST sends.
func (o Operation) isActionAt(i int) bool {
	s := o.Segments[i]
	isVerb := o.IsAlone || s.isProcedure || i > 0 && isOnlyVerb(s.Literal) || isAct(s.Literal)
	words := literalWords(s.Literal, false)
	isKnown := noun.IsVerb(s.Literal) || isCamelPhrase(s.Literal) || isOfMany(s.Literal) ||
		len(words) > 1 && isIntransitive(words[0]) && isPreposition(words[1]) // auth-with-password
	return o.Method == "POST" && isVerb && !s.isCurrent && (!isNoun(s.Literal) || isOrder(s.Literal)) &&
		(isKnown || o.isParamAt(i-1) && (o.IsBodiless || !isCounted(s.Literal) && !strings.Contains(s.Literal, ".")))
}

// isNoun reports whether the literal that a POST ends in is a noun, the object that it creates, and
// not a verb.
func isNoun(literal string) bool {
	words := literalWords(literal, false)
	switch last := words[len(words)-1]; last {
	case "token", "session", "key", "secret", "code", "link", "url", "media", "data", "lookup", "config":
		return true
	case "increment", "decrement":
		return false
	default:
		if len(words) > 1 && (isSuperlative(words[0]) || isAdjective(words[0])) && !verb.Is(last) { // default-policy
			return true
		}
		return len(words) == 1 && (isGerund(last) && !isActivity(last) || len(last) > 5 &&
			(strings.HasSuffix(last, "tion") || strings.HasSuffix(last, "sion") || strings.HasSuffix(last, "ment")))
	}
}

// isCounted reports whether a word in the singular is the name of one thing or person, judging by
// its ending: member, author. A list under such a name is of several.
func isCounted(word string) bool {
	switch word {
	case "ledger", "register", "other", "calendar", "folder", "newsletter":
		return false
	}
	return len(word) > 4 && (strings.HasSuffix(word, "er") || strings.HasSuffix(word, "or"))
}

// isQueue reports whether a word is the name of what things are put into. A POST adds one.
var isQueue = oneOf(`
	queue inbox outbox backlog basket waitlist wishlist watchlist blocklist allowlist blacklist whitelist`)

// literalWords returns the words of a literal, or "root" if it has no words. The last word becomes
// singular if singular is true.
func literalWords(literal string, singular bool) []string {
	words := noun.Words(literal)
	if len(words) == 0 {
		words = []string{"root"}
	}
	at := len(words)
	if k := slices.IndexFunc(words, isPreposition); k > 0 { // roles-by-id
		at = k
	}
	if last := words[at-1]; singular {
		one := noun.Singular(last)
		if isAcronym(last) && acronyms[one] == "" {
			one = last // such as CWS
		}
		words[at-1] = one
	}
	return words
}

// methodVerbs are the verbs of methods. A POST updates an item and creates anything else.
var methodVerbs = map[string]string{"GET": "get", "HEAD": "check", "PUT": "replace", "PATCH": "update", "DELETE": "delete",
	"POST": "create"}

// verbOf returns the verb of a method.
func verbOf(method string, isItem bool) string {
	if method == "POST" && isItem {
		return "update"
	}
	return cmp.Or(methodVerbs[method], strings.ToLower(method))
}
