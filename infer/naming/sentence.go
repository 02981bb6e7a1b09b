package naming

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/internal/verb"
)

// article is the word before an object.
type article int

const (
	noArticle article = iota
	theArticle
	anArticle
)

// sentence is what an operation does, as the parts of a sentence. Words are in lower case.
type sentence struct {
	verb    []string // "list", "force cancel"
	object  []string // the object of the verb: "order"; nil for the verb alone
	article article
	state   []string // the new state of the object: "paid" in "mark an order as paid"
	tail    []string // from a preposition on: "by id"
	// account is the last words of the object if they name an account of all of something: the
	// metrics of an application.
	account []string
	// at is the index of the segment of the object. The segments above it own the object.
	at int
	// isAction reports that the path names the verb, as in POST /orders/{id}/cancel.
	isAction bool
}

// becoming returns the words for the new state of the object: "as paid" for marking an order,
// "public" for making it so, or nil.
func (s sentence) becoming() []string {
	if len(s.state) == 0 || s.verb[0] == "make" {
		return s.state
	}
	return append([]string{"as"}, s.state...)
}

// sentence returns what the operation does. Its segments are those of [Operation.joined].
func (o Operation) sentence() sentence {
	i := o.subjectIndex()
	if i < 0 {
		return sentence{verb: []string{verbOf(o.Method, false)}, object: []string{"root"}, article: theArticle, at: i}
	}
	literal := o.Segments[i].Literal
	isItem := o.isParamAt(i + 1)
	if s, ok := o.namedAction(i); ok && !isItem {
		return s
	} else if ok && o.isCall(i) {
		return s.ofItem()
	}
	if literal == strings.ToLower(o.Method) { // GET /get
		return sentence{verb: []string{"send"}, object: []string{literal, "request"}, article: anArticle, at: i}
	}
	if o.IsRead || o.IsCall && (o.Response == ResponseList || o.Response == ResponsePage || isView(literal)) {
		o.Method = "GET"
	} else if o.IsCall && !isNoun(literal) {
		o.Method = "CALL" // a verb that claims nothing
	}
	switch {
	case !isItem && o.Method == "GET" && i > 0 && isSearch(o.Segments[i-1].Literal): // GET /search/users
		return sentence{verb: noun.Words(o.Segments[i-1].Literal), object: literalWords(literal, false), at: i - 1,
			isAction: true}
	case !isItem && o.Method != "GET" && i > 0 && o.leadsToObject(i-1): // POST /generate/serial-number
		return sentence{verb: noun.Words(o.Segments[i-1].Literal), object: literalWords(literal, false), at: i - 1,
			article: articleFor(literal), isAction: true}
	case !isItem && o.isOneConfiguration(i): // GET /sites/{id}/config/web
		return sentence{verb: []string{verbOf(o.Method, o.Method != "POST")}, article: theArticle, at: i - 1,
			object: append(adjunct(literal), literalWords(o.Segments[i-1].Literal, true)...)}
	case i > 0 && isAbout(o.Segments[i-1].Literal) && !endsInSummary(literal) && literal[0] != '_': // GET /reports/sales
		about := literalWords(o.Segments[i-1].Literal, !isSet(o.Segments[i-1].Literal))
		s := sentence{verb: []string{verbOf(o.Method, o.Method != "POST")}, article: theArticle, at: i - 1,
			object: append(adjunct(literal), about...)}
		if isItem && isSet(o.Segments[i-1].Literal) {
			s.account, s.object = about, append(literalWords(literal, true), about...)
		} else if s.verb[0] == "create" || isItem {
			s.article = anArticle
		}
		return s
	}
	s := sentence{verb: []string{verbOf(o.Method, isItem)}, object: literalWords(literal, isItem), article: theArticle, at: i}
	switch {
	case isItem:
		o.sayItem(&s, i)
	case o.Method == "POST" && o.updatesOne(literal):
		s.verb = []string{"update"}
	case o.Method == "POST" && isQueue(s.object[len(s.object)-1]): // POST /buildQueue
		s.verb = []string{"add", "to"}
	case o.Method == "POST" && (noun.IsPlural(literal) || !o.Segments[i].isCurrent):
		s.verb, s.object, s.article = []string{"create"}, literalWords(literal, noun.IsPlural(literal)), anArticle
	case o.Method == "GET" && o.namespaceAt(i) != "":
		s.verb = []string{"get"}
	case o.Method == "GET" && (o.Response == ResponsePage || o.Response == ResponseList && o.HasItems):
		if s.verb = []string{"list"}; !isMass(s.object[len(s.object)-1]) {
			s.object = literalWords(noun.Plural(literal), false)
		}
	case o.Method == "GET" && (o.Response == ResponseList || noun.IsPlural(literal) && o.Response != ResponseObject):
		s.verb = []string{"list"}
		if last := s.object[len(s.object)-1]; (len(s.object) > 1 && isNoun(last) || isCounted(last)) && !isMass(last) { // /integration/gcp, /group/7/member
			s.object = literalWords(noun.Plural(literal), false)
		}
	default:
		s.verb = []string{verbOf(o.Method, true)}
		if o.Read != ResponseObject && o.HasItems && o.Method != "GET" { // DELETE /dashboard next to /dashboard/{id}
			s.object = literalWords(noun.Plural(literal), false)
		}
	}
	return s
}

// leadsToObject reports whether segment i of a POST is the verb of what the next one names.
func (o Operation) leadsToObject(i int) bool {
	v := o.Segments[i].Literal
	return o.Method == "POST" && isOnlyVerb(v) || isAct(v) && o.Segments[i+1].Literal == "all" || o.IsCall && verb.Is(v)
}

// articleFor returns the article before the object that a POST creates, none for a plural.
func articleFor(literal string) article {
	if noun.IsPlural(literal) || literal == "all" {
		return noArticle
	}
	return anArticle
}

// sayItem adds what an operation does to the item that the parameter behind segment i selects.
func (o Operation) sayItem(s *sentence, i int) {
	if s.article = anArticle; isMass(s.object[len(s.object)-1]) {
		s.article = theArticle
	}
	if o.Method == "POST" && o.HasPatch {
		s.verb = []string{"create"}
	} else if v := o.linking(i); v != "" {
		s.verb = []string{v}
	}
}

// ofItem returns the sentence for one of several things.
func (s sentence) ofItem() sentence {
	if s.article == theArticle {
		s.article = anArticle
	}
	return s
}

// namedAction returns what an operation does whose last literal, at segment i, says it.
func (o Operation) namedAction(i int) (s sentence, ok bool) {
	if literal := o.Segments[i].Literal; o.Segments[i].isProcedure && isView(literal) { // users.info
		return sentence{verb: []string{"get"}, object: literalWords(literal, false), article: theArticle, at: i}, true
	}
	if s, ok := o.actionOnMany(i); ok {
		return s, true
	}
	if s, ok := o.stateChange(i); ok {
		return s, true
	}
	if name, format := cutFormat(o.Segments[i].Literal); format != "" && verb.Is(name) { // GET /vehicles/export.csv
		o.Segments = slices.Clone(o.Segments)
		o.Segments[i].Literal = name
		s = o.sentence()
		if s.tail = append(s.tail, "as", format); name == "import" {
			s.tail[len(s.tail)-2] = "from"
		}
		return s, true
	}
	if o.isVerbAt(i) {
		return o.action(i), true
	}
	return s, false
}

// isOneConfiguration reports whether segment i says which configuration of an item is meant.
func (o Operation) isOneConfiguration(i int) bool {
	literal := o.Segments[i].Literal
	return i > 1 && isConfiguration(o.Segments[i-1].Literal) && o.isParamAt(i-2) && !noun.IsPlural(literal) && !isAdjective(literal)
}

// updatesOne reports whether a POST changes the one thing that a path names: its settings, or what
// GET answers as an object and nothing deletes.
func (o Operation) updatesOne(literal string) bool {
	words := literalWords(literal, false)
	switch words[len(words)-1] {
	case "settings", "preferences", "config", "configuration":
		return true
	}
	return o.Read == ResponseObject && !o.HasDelete && !o.HasItems && !noun.IsPlural(literal) && !isNoun(literal)
}

// isVerbAt reports whether the last literal is a verb: the operation is named after it.
func (o Operation) isVerbAt(i int) bool {
	literal := o.Segments[i].Literal
	if o.Segments[i].IsCommand {
		return true
	}
	switch o.Method {
	case "POST":
		return o.isActionAt(i) && (!noun.IsPlural(literal) || isPhrase(literal))
	case "PUT", "PATCH": // PUT /issues/{id}/lock without a body; PUT /pulls/{id}/merge
		if o.IsBodiless && o.isParamAt(i-1) && (verb.Is(literal) || isSwitch(literal)) {
			return true
		}
		if o.Method == "PUT" && o.IsBodiless && o.IsAlone && i > 0 && endsInVerb(literal) { // PUT /cache/flush
			return true
		}
		return o.IsAlone && i > 0 && (isCamelPhrase(literal) || isOrder(literal) || isOnlyVerb(literal) || isPhrase(literal))
	case "DELETE": // DELETE /gists/{id}/star
		return o.IsBodiless && o.isParamAt(i-1) && verb.Is("un"+literal) || o.IsAlone && i > 0 && isCamelPhrase(literal)
	case "GET":
		isList := literal == "list" && i > 0 && o.Segments[i-1].Literal != "" && !IsVersion(o.Segments[i-1].Literal)
		isFirst := !slices.ContainsFunc(o.Segments[:i], func(s Segment) bool { return !IsVersion(s.Literal) })
		return (noun.IsReadVerb(literal) || literal == "query") && o.Response != ResponsePage || isList ||
			literal == "search" && isFirst || isReadPhrase(literal) || o.Segments[i].isProcedure && verb.Is(literal) ||
			o.IsAlone && o.Response != ResponseList && o.Response != ResponsePage && (isAct(literal) ||
				isOnlyVerb(literalWords(literal, false)[0]) && (!noun.IsPlural(literal) || isSet(literal)))
	}
	return false
}

// isOrder reports whether a literal is a verb and its object although the object alone would be
// what a POST creates: "list-callback-url", "generate-token".
func isOrder(literal string) bool {
	words := noun.Words(literal)
	return len(words) > 1 && beginsOrder(words[0])
}

var beginsOrder = oneOf(`
	get list add remove send resend generate regenerate revoke rotate invalidate verify validate`)

// isSwitch reports whether a literal says that the thing before it is switched on or off.
func isSwitch(literal string) bool { return literal == "on" || literal == "off" }

// endsInVerb reports whether the last word of a literal is a verb.
func endsInVerb(literal string) bool {
	words := noun.Words(literal)
	return len(words) > 0 && verb.Is(words[len(words)-1])
}

// isOnlyVerb reports whether a literal is a verb that is no noun as well, unlike "lock" and
// "schedule".
func isOnlyVerb(literal string) bool {
	return onlyVerbs(literal) || len(literal) > 6 && (strings.HasSuffix(literal, "ize") || strings.HasSuffix(literal, "ify")) // anonymize
}

var onlyVerbs = oneOf(`
	accept acknowledge activate add allocate analyze apply approve assign attach authorize calculate cancel
	complete configure confirm connect create deactivate decline delete detach disable disconnect dismiss
	enable evaluate finalize generate invalidate merge migrate modify mute provision publish reactivate
	recalculate reject remove rename renew reopen reorder resend resolve restore resume revoke send simulate
	submit suspend unarchive unassign unblock unlock unmute unpublish unsubscribe validate verify withdraw`)

// isPhrase reports whether a literal is a verb and its object, as "rerun-failed-jobs" is. Verbs
// that are nouns as well do not count: "login-tokens", "export-jobs".
func isPhrase(literal string) bool {
	words := noun.Words(literal)
	return len(words) > 1 && (beginsPhrase(words[0]) || isOnlyVerb(words[0]))
}

var beginsPhrase = oneOf(`
	get set list update rerun regenerate reset rotate refresh clear mark move fire retrieve fetch retry restart
	subscribe`)

// action returns what an operation does whose last literal, at segment i, is a verb, perhaps with
// its object ("cancel-action") and more ("get-by-id").
func (o Operation) action(i int) sentence {
	s := sentence{at: i, isAction: true}
	words := literalWords(o.Segments[i].Literal, false)
	if isSwitch(o.Segments[i].Literal) {
		s.verb = append([]string{"turn"}, words...)
		o.addTarget(&s, i)
		return s
	}
	if words[0] == "forgot" { // forgot-password
		words[0] = "recover"
	}
	if len(words) == 1 && isActivity(words[0]) { // typing
		return sentence{verb: []string{"start"}, object: words, article: theArticle, at: i}
	}
	if o.Method == "DELETE" && !isCamelPhrase(o.Segments[i].Literal) {
		words[0] = "un" + words[0]
	}
	if k := slices.IndexFunc(words, isPreposition); k > 0 {
		words, s.tail = words[:k], words[k:]
	}
	switch n := len(words); {
	case n > 1 && isManner(words[0]) && verb.Is(words[1]):
		s.verb, s.object = words[:2], words[2:]
	case n == 1, o.Segments[i].IsCommand, verb.Is(words[0]), words[0] == "change", isCamelPhrase(o.Segments[i].Literal),
		words[0] == "auth" && !verb.Is(words[n-1]):
		s.verb, s.object = words[:1], words[1:]
	case verb.Is(words[n-1]): // token-refresh
		s.verb, s.object = words[n-1:], words[:n-1]
	default: // no known verb: "effective route table for a network interface"
		s.verb = words
		return s
	}
	isState := len(s.object) == 1 && len(s.tail) == 0 && (s.verb[0] == "mark" || s.verb[0] == "make")
	switch {
	case isState: // mark-paid
		s.state, s.object = s.object, nil
	case len(s.object) > 0:
		s.article = theArticle
		isBy := len(s.tail) > 0 && s.tail[0] == "by"
		if (isCreation(s.verb[0]) || isBy) && !noun.IsPlural(s.object[len(s.object)-1]) {
			s.article = anArticle
		}
		if i > 0 && slices.Equal(literalWords(o.Segments[i-1].Literal, true), s.object) { // order/createOrder
			s.at = i - 1
		}
		return s
	}
	o.addTarget(&s, i)
	return s
}

// addTarget makes what stands before the verb at segment i the object of a sentence.
func (o Operation) addTarget(s *sentence, i int) {
	if isIntransitive(s.verb[len(s.verb)-1]) {
		return
	}
	k := i - 1
	for k >= 0 && (o.Segments[k].Literal == "" || IsVersion(o.Segments[k].Literal)) {
		k--
	}
	if k > 0 && len(s.tail) > 0 && isSearch(o.Segments[k].Literal) && o.Segments[k-1].Literal != "" { // orders/search/findByStatus
		k--
	}
	if k < 0 {
		return
	}
	s.at = k
	literal := o.Segments[k].Literal
	if namespace := namespaceWords(literal); namespace != nil {
		s.object, s.article = namespace, theArticle
		return
	}
	switch v := s.verb[len(s.verb)-1]; {
	case o.Segments[k].isCurrent:
		s.object, s.article = literalWords(literal, false), theArticle
	case o.isParamAt(k + 1), isCreation(v), len(s.tail) > 0 && s.tail[0] == "by" && !isOfMany(v),
		o.Segments[i].isProcedure && noun.IsPlural(literal) && !isOfMany(v) && v != "get": // files.delete
		s.object, s.article = literalWords(literal, true), anArticle
	case isOfMany(v):
		s.object = literalWords(noun.Plural(literal), false)
		if v == "list" {
			s.article = theArticle
		}
	case noun.IsPlural(literal) && v != "get":
		s.object = literalWords(literal, false)
	default:
		s.object, s.article = literalWords(literal, false), theArticle
	}
}

// isAbout reports whether a literal names accounts or settings of the things that the next literal
// names: "reports" in /reports/sales.
func isAbout(literal string) bool {
	words := noun.Words(literal)
	if len(words) == 0 || namespaceWords(literal) != nil {
		return false
	}
	switch words[len(words)-1] {
	case "reports", "stats", "statistics", "metrics", "analytics", "settings", "preferences", "charts", "usage":
		return true
	}
	return false
}

// JoinAccount joins a literal of a path with the one above it if that names accounts or settings of
// it: "ci-app" below "usage" is the ci-app-usage. It returns other literals as they are.
func JoinAccount(above, literal string) string {
	if literal == "" || literal[0] == '_' || !isAbout(above) || endsInSummary(literal) {
		return literal
	}
	return strings.Join(append(noun.Words(literal), literalWords(above, !isSet(above))...), "-")
}

// isSet reports whether a literal is a plural that names one object, such as settings.
func isSet(literal string) bool { return noun.IsPlural(literal) && noun.One(literal) == literal }

// endsInSummary reports whether a literal names a view of what stands before it, so that the things
// keep their order: the usage summary.
func endsInSummary(literal string) bool {
	words := noun.Words(literal)
	if slices.ContainsFunc(words, isPreposition) {
		return true
	}
	switch last := words[max(len(words)-1, 0):]; {
	case len(last) == 0:
		return true
	default:
		w := noun.Singular(last[0])
		return slices.Contains([]string{"summary", "total", "count", "history", "schema", "definition", "attribution",
			"type", "template", "report", "stat", "metric", "setting", "export", "schedule", "result", "file"}, w)
	}
}
