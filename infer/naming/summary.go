package naming

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/internal/verb"
)

// Summary returns the name of the operation as a sentence: "List the orders of a user".
func (o Operation) Summary(v *Vocabulary) string {
	switch {
	case o.Variant.IsBatch():
		return o.Variant.Kind + ": several calls in one request"
	case o.Variant.Name != "":
		return o.Variant.Kind + " " + o.Variant.Name
	}
	o.Segments = o.joined()
	s := o.sentence()
	if text := o.healthCheck(s); text != "" {
		return text
	}
	if text := o.question(v); text != "" {
		return text
	}
	text := v.text(sayVerb(s.verb, len(s.object) > 0))
	switch name := o.namespaceAt(s.at); {
	case name != "" && s.isAction: // query Microsoft.CostManagement
		text += " " + name
	case name != "":
		text += " the " + name + " " + v.text(literalWords(o.Segments[s.at-1].Literal, true))
	case s.account != nil:
		parent := s.object[:len(s.object)-len(s.account)]
		text += " the " + v.text(s.account) + " of " + withArticle(v.text(parent), anArticle)
	case len(s.object) > 0:
		before := o.qualifier(s.at)
		if s.isAction && s.at > 0 && !isNamed(o.Segments[s.at-1].Literal) { // triggers/manual/list-callback-url
			before = nil
		}
		isSpecific := len(s.object) > 2 && s.at > 0 && noun.IsPlural(o.Segments[s.at-1].Literal) // payments/bank-credit-transfers
		if o.isAdministered(s.at) || isSpecific || len(before) > 0 && holdsWords(s.object, before) {
			before = nil
		}
		text += " " + withArticle(v.text(qualify(adjectiveFirst(s.object), before)), s.article)
	}
	if len(s.tail) > 0 && !s.endsInOwner() {
		text += " " + sayTail(s.tail, v)
	}
	text += o.ownerPhrase(s, v)
	if state := s.becoming(); len(state) > 0 {
		text += " " + v.text(state)
	}
	if len(s.tail) > 0 && s.endsInOwner() {
		text += " " + sayTail(s.tail, v)
	}
	if by := o.lookedUpBy(s); by != nil {
		text += " " + sayTail(by, v)
	}
	if len(s.object) > 0 && o.isAdministered(s.at) {
		text += " as an admin"
	}
	return capitalize(text)
}

// namespaceAt returns segment i if it is a namespace such as Vendor.Product after another literal,
// else "".
func (o Operation) namespaceAt(i int) string {
	if i > 0 && o.Segments[i-1].Literal != "" && namespaceWords(o.Segments[i].Literal) != nil {
		return o.Segments[i].Literal
	}
	return ""
}

// adjectiveFirst puts an adjective at the end of an object before its nouns: what
// getUploadURLExternal gets is the external upload URL.
func adjectiveFirst(object []string) []string {
	n := len(object)
	if n < 2 || !isAdjective(object[n-1]) || isSuperlative(object[n-1]) {
		return object
	}
	return slices.Concat(object[n-1:], object[:n-1])
}

// qualify puts the words of a qualifier before an object, or behind its first word if that says
// which of the things is meant: the hourly usage attribution.
func qualify(object, qualifier []string) []string {
	if len(object) > 1 && len(qualifier) > 0 && isWhich(object[0]) {
		return slices.Concat(object[:1], qualifier, object[1:])
	}
	return slices.Concat(qualifier, object)
}

// isWhich reports whether a word says which of several things is meant, and belongs before all
// other words.
var isWhich = oneOf(`
	hourly daily weekly monthly quarterly yearly annual manual recent upcoming pending active inactive
	archived featured top popular raw default latest newest oldest`)

// spokenVerbs are verbs as prose, by the words that paths join. "options" is the method.
var spokenVerbs = map[string]string{"auth": "authenticate", "login": "log in", "signin": "sign in", "logout": "log out",
	"signout": "sign out", "checkout": "check out", "signup": "sign up", "lookup": "look up", "backup": "back up",
	"cleanup": "clean up", "options": "get the options of", "rollback": "roll back", "shutdown": "shut down", "whoami": "get the current user"}

// sayVerb returns the words of a verb as prose.
func sayVerb(words []string, hasObject bool) []string {
	verb := strings.Join(words, " ")
	if verb == "query" && !hasObject {
		return []string{"run a", "query"}
	}
	return strings.Fields(cmp.Or(spokenVerbs[verb], verb))
}

// endsInOwner reports whether the words from a preposition on stand after the owner.
func (s sentence) endsInOwner() bool { return s.article == theArticle }

// sayTail returns the words from a preposition on as prose: "from a calculation", "by ID".
func sayTail(words []string, v *Vocabulary) string {
	rest := v.text(words[1:])
	switch words[0] {
	case "from", "to", "in", "into", "on":
		if len(words) > 1 && !noun.IsPlural(words[len(words)-1]) && words[1] != "all" && words[1] != "bulk" {
			rest = withArticle(rest, anArticle)
		}
	}
	return strings.TrimSpace(words[0] + " " + rest)
}

// healthChecks are the summaries of the usual operations that ask how a server is.
var healthChecks = map[string]string{"health": healthy, "healthz": healthy, "healthcheck": healthy, "livez": alive,
	"liveness": alive, "alive": alive, "readyz": ready, "readiness": ready, "ready": ready, "ping": "Ping the server"}

const (
	healthy = "Check the health of the server"
	alive   = "Check whether the server is alive"
	ready   = "Check whether the server is ready"
)

// healthCheck returns the summary of the usual operations that ask how a server is, or a user for
// authorization, "" for others.
func (o Operation) healthCheck(s sentence) string {
	if o.Method == "GET" && s.verb[0] == "authorize" {
		return "Authorize a client"
	}
	if o.Method != "GET" || len(s.object) != 1 || o.isParamAt(s.at+1) || s.at > 0 && o.isParamAt(s.at-1) {
		return ""
	}
	return healthChecks[s.object[0]]
}

// question returns the summary of a GET that asks whether something may be done, or who did it, ""
// for others: "Check whether a monitor can be deleted" of /monitors/can_delete, "List who
// favourited a status" of Mastodon's /statuses/{id}/favourited_by.
func (o Operation) question(v *Vocabulary) string {
	i := o.subjectIndex()
	if o.Method != "GET" || i < 1 || o.isParamAt(i+1) {
		return ""
	}
	words := literalWords(o.Segments[i].Literal, false)
	k := i - 1
	for k > 0 && o.Segments[k].Literal == "" {
		k--
	}
	if len(words) == 1 && words[0] == "exists" && k >= 0 && o.Segments[k].Literal != "" {
		return "Check whether " + withArticle(v.text(literalWords(o.Segments[k].Literal, true)), anArticle) + " exists"
	}
	if len(words) == 2 && words[1] == "by" && isParticiple(words[0]) && o.isParamAt(i-1) && k >= 0 {
		asked := map[bool]string{true: "List", false: "Get"}[o.Response == ResponseList] + " who " + words[0] + " "
		return asked + withArticle(v.text(literalWords(o.Segments[k].Literal, true)), anArticle)
	}
	if len(words) != 2 || words[0] != "can" || !verb.Is(words[1]) || o.Segments[k].Literal == "" {
		return ""
	}
	return "Check whether " + withArticle(v.text(literalWords(o.Segments[k].Literal, true)), anArticle) + " can be " + participle(words[1])
}

// participle returns the past participle of a verb.
func participle(verb string) string {
	switch verb {
	case "read", "put", "split":
		return verb
	case "send", "resend", "build", "rebuild":
		return strings.TrimSuffix(verb, "d") + "t"
	case "undo", "redo":
		return verb + "ne"
	case "pay":
		return "paid"
	case "run", "rerun":
		return verb
	case "stop", "submit", "ship", "skip", "pin", "unpin", "swap", "ban", "unban":
		return verb + verb[len(verb)-1:] + "ed"
	}
	n := len(verb)
	switch {
	case strings.HasSuffix(verb, "e"):
		return verb + "d"
	case strings.HasSuffix(verb, "y") && strings.IndexByte("aeiou", verb[n-2]) < 0:
		return verb[:n-1] + "ied"
	}
	return verb + "ed"
}

// ownerPhrase returns what the object of a sentence belongs to, as " of a user": the nearest
// literal above it with a parameter.
func (o Operation) ownerPhrase(s sentence, v *Vocabulary) string {
	joint := " of "
	isNew := s.verb[0] == "create" || s.isAction && s.article == anArticle && isCreation(s.verb[0])
	switch {
	case s.verb[0] == "add":
		joint = " to "
	case s.verb[0] == "remove" && !s.isAction:
		joint = " from "
	case isNew && !isDerived(s.object[len(s.object)-1]) || s.isAction && (len(s.object) == 0 || o.namespaceAt(s.at) != ""):
		joint = " for "
	}
	for j := s.at - 1; j >= 0; j-- {
		switch l := o.Segments[j].Literal; {
		case o.Segments[j].isCurrent:
			return joint + "the " + v.text(literalWords(l, false))
		case l != "" && !IsVersion(l) && o.isParamAt(j+1):
			words := literalWords(l, true)
			isMember := isNew || s.verb[0] == "list" || s.article == anArticle
			if isMember && !s.isAction && isContainer(words[len(words)-1]) {
				joint = " in "
			}
			return joint + withArticle(v.text(words), anArticle)
		}
	}
	return ""
}

// isDerived reports whether a new object of this name is derived from its owner: a fork of a repo.
var isDerived = oneOf(`fork copy clone duplicate snapshot backup conversion version revision export`)

// isContainer reports whether things are in what a noun names, and not of it.
var isContainer = oneOf(`
	namespace folder directory bucket workspace project channel room zone region location collection database
	catalog`)

// qualifier returns the words of the literal directly above the object: "cart" in /cart/items.
func (o Operation) qualifier(i int) []string {
	if i <= 0 {
		return nil
	}
	s := o.Segments[i-1]
	if isConfiguration(s.Literal) && i > 1 && o.Segments[i-2].Literal != "" { // logs/config/pipelines
		if s = o.Segments[i-2]; noun.Singular(s.Literal) == noun.Singular(o.Segments[i].Literal) {
			return nil
		}
	}
	if s.Literal == "" || s.isCurrent || IsVersion(s.Literal) || namespaceWords(s.Literal) != nil {
		return nil
	}
	return adjunct(s.Literal)
}

// isAdministered reports whether the things at segment i are those that administrators see: the
// users in /admin/users are no admin users.
func (o Operation) isAdministered(i int) bool {
	return i > 0 && o.Segments[i-1].Literal == "admin" && noun.IsPlural(o.Segments[i].Literal) && !isSet(o.Segments[i].Literal)
}

// isNamed reports whether a literal says more of what an action is done to than which one it is.
func isNamed(literal string) bool { return !isAdjective(literal) && !isConfiguration(literal) }

// isConfiguration reports whether a literal leads to the parts of what stands before it.
func isConfiguration(literal string) bool {
	return literal == "config" || literal == "configuration" || literal == "configurations"
}

// adjunct returns the words of a literal before the noun that it qualifies. They are in the
// singular, except for nouns that are rarely used in it.
func adjunct(literal string) []string {
	words := noun.Words(literal)
	if len(words) == 0 {
		return literalWords(literal, false)
	}
	switch words[len(words)-1] {
	case "settings", "preferences", "options", "stats", "statistics", "analytics", "metrics", "sales", "savings",
		"earnings", "sports", "communications", "operations", "systems", "logistics", "graphics", "notes", "news":
		return words
	}
	return literalWords(literal, true)
}

// namespaceWords returns the words of the last part of a namespace such as Vendor.Product, or nil
// for other literals.
func namespaceWords(literal string) []string {
	if _, format := cutFormat(literal); format != "" {
		return nil
	}
	for i := len(literal) - 2; i > 0; i-- {
		if literal[i] == '.' {
			return noun.Words(literal[i+1:])
		}
	}
	return nil
}

// isMass reports whether a noun has no plural and so takes no "a".
var isMass = oneOf(`
	content contents markdown metadata information info data access traffic feedback software hardware
	firmware telemetry storage usage media health billing shipping stock weather news details settings
	preferences permissions credentials statistics stats analytics`)

// withArticle returns a text with an article before it. "u" sounds like a consonant if one
// consonant and a vowel follow: a user, but an upload. Acronyms are said by letter: an SLO.
func withArticle(text string, a article) string {
	last := strings.ToLower(text[strings.LastIndexByte(text, ' ')+1:])
	switch {
	case a == noArticle, a == anArticle && isMass(last):
		return text
	case a == theArticle:
		return "the " + text
	case text == "":
		return "a"
	}
	first, _, _ := strings.Cut(text, " ")
	vowel := strings.IndexByte("aeio", first[0]) >= 0 || strings.HasPrefix(first, "hour")
	switch {
	case isSpoken(first):
		vowel = strings.IndexByte("AEFHILMNORSX", first[0]) >= 0
	case first[0] == 'u':
		vowel = len(first) < 3 || strings.IndexByte("aeiou", first[1]) < 0 && strings.IndexByte("aeiou", first[2]) < 0
	case first[0] >= 'A' && first[0] <= 'Z':
		vowel = strings.IndexByte("AEIO", first[0]) >= 0
	}
	if vowel {
		return "an " + text
	}
	return "a " + text
}

// isSpoken reports whether a word is an acronym that is said letter by letter.
func isSpoken(word string) bool {
	switch word {
	case "SKU", "SAML", "SCIM", "SOAP", "REST", "RAID", "RAM", "LAN", "MAC", "SIM", "SEPA", "FIDO", "NAT", "NIC", "RADIUS":
		return false
	}
	return len(word) > 1 && word == strings.ToUpper(word)
}

func capitalize(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
