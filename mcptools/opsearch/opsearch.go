// Package opsearch finds the operations of an API, or the tools of an MCP server, by a few words,
// such as "add a label to an issue".
//
// An operation matches words by its name, path, summary, tags, parameters and description. The verb
// of the words prefers methods, and verbs at the end of paths: close is an edit, cancel may be a
// deletion. The noun that the verb is about (label) should be the last noun of the path. The words
// are English; the tables in words.go hold what verbs and nouns of APIs have in common, and nothing
// of single APIs.
//
// Read opsearch.go first, then query.go.
package opsearch

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/verb"
	"github.com/spectap/spectap/openapi"
)

// Operation is an operation as a search sees it.
type Operation struct {
	Name         string // such as the operationId
	Method, Path string // no method means that it is not known
	Summary      string
	Description  string
	Tags         []string
	Parameters   []string
	Members      []string // of the body, with those of members
	Values       []string // that members of the body are limited to
	Choices      []Choice
	Deprecated   bool
}

// Index finds operations by words. It does not change: any number of goroutines may use it at once.
type Index struct {
	entries []entry
	terms   map[string][]posting // in the order of entries
	sorted  []string             // the terms
	nouns   map[string]bool      // the last words of targets
}

// entry holds the parts of an operation that a search compares with those of a query.
type entry struct {
	verb     string     // at the end of the path or, of a POST, at the beginning of the name; stemmed
	action   action     // the possible effects of the operation
	target   []string   // words of the last noun of the path, stemmed
	segments [][]string // words of the other segments without a parameter, stemmed
	// isNominal reports that verb is the last noun of the path, as in POST /refunds.
	isNominal bool
	isItem    bool // the path ends with a parameter
	slashes   int
	isOld     bool     // deprecated
	said      string   // the verb that the summary begins with, or else the name; stemmed
	summary   []string // the words after it, stemmed
	members   members
}

type posting struct {
	entry  int
	weight float64
}

// Weights of the texts in which a word occurs.
const (
	weightName        = 3
	weightPath        = 3
	weightSummary     = 2
	weightTag         = 2
	weightParameter   = 1
	weightDescription = 0.5
	weightFirst       = 1 // the first sentence of the description
)

// New returns an index of operations, which a search names by their positions.
func New(ops []Operation) *Index {
	x := &Index{terms: make(map[string][]posting), nouns: make(map[string]bool)}
	isRPC := isRPC(ops)
	for i := range ops {
		e := newEntry(&ops[i])
		if isRPC && e.action == creates && e.verb == "" {
			e.action = anything
		}
		first, _, _ := strings.Cut(ops[i].Description, ".")
		words := Terms(cmp.Or(ops[i].Summary, first, ops[i].Name))
		for k, w := range words[:min(len(words), maxSummary)] {
			if k == 0 {
				e.said = w
			} else if w != e.said {
				e.summary = append(e.summary, w)
			}
		}
		if n := len(e.target); n > 0 {
			x.nouns[e.target[n-1]], x.nouns[strings.Join(e.target, " ")] = true, true
		}
		x.entries = append(x.entries, e)
		x.addTerms(i, &ops[i])
	}
	x.sorted = slices.Sorted(maps.Keys(x.terms))
	return x
}

// isRPC reports whether nearly all operations are POST, so that the method is uninformative.
func isRPC(ops []Operation) bool {
	posts := 0
	for i := range ops {
		if ops[i].Method == "POST" {
			posts++
		}
	}
	return posts*10 >= len(ops)*9
}

func (x *Index) addTerms(i int, op *Operation) {
	weights := make(map[string]float64)
	add := func(text string, weight float64) {
		for _, w := range Terms(text) {
			weights[w] = max(weights[w], weight)
		}
	}
	add(op.Description, weightDescription)
	first, _, _ := strings.Cut(op.Description, ".")
	add(first, weightFirst)
	for _, p := range op.Parameters {
		add(p, weightParameter)
	}
	for _, c := range op.Choices {
		add(c.Value, weightPath)
	}
	for _, m := range op.Members {
		add(m, weightParameter)
		weights[compound(m)] = max(weights[compound(m)], weightParameter)
	}
	for _, t := range op.Tags {
		add(t, weightTag)
	}
	add(op.Summary, weightSummary)
	add(op.Path, weightPath)
	if slices.Contains(strings.FieldsFunc(op.Path, func(r rune) bool { return r == '/' || r == '@' }), "me") { // the word is a determiner elsewhere
		add("self", weightName)
	}
	add(op.Name, weightName)
	for w, weight := range weights {
		x.terms[w] = append(x.terms[w], posting{i, weight})
	}
}

func newEntry(op *Operation) entry {
	e := entry{action: methodActions[op.Method], slashes: strings.Count(op.Path, "/"), isOld: op.isOld()}
	for segment := range strings.SplitSeq(strings.Trim(op.Path, "/"), "/") {
		if strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "}") {
			e.isItem = true
			continue
		}
		words := SplitWords(segment)
		if len(words) == 1 && words[0] == "me" {
			words[0] = "self"
		}
		if len(words) == 0 || isVersion(segment) {
			continue
		}
		e.isItem = false
		e.segments = append(e.segments, words)
	}
	if n := len(e.segments); n > 1 && isVerb(e.segments[n-1][0]) && !e.isItem {
		e.setVerb(e.segments[n-1][0])
		if len(e.segments[n-1]) == 1 {
			e.segments = e.segments[:n-1]
		} else {
			e.segments[n-1] = e.segments[n-1][1:]
		}
	} else if words := nameWords(op.Name); op.Method == "POST" && len(words) > 0 && !strings.EqualFold(words[0], "post") &&
		(verb.Is(strings.ToLower(words[0])) || strings.EqualFold(words[0], "change")) {
		e.setVerb(words[0])
	} else if op.Method == "POST" && e.isItem { // some APIs update with POST
		e.action = creates | updates
	} else if op.Method == "POST" && n > 0 && len(e.segments[n-1]) == 1 {
		// Refund with POST /refunds.
		if w := stem(strings.ToLower(e.segments[n-1][0])); verbActions[w] != 0 {
			e.verb, e.isNominal = w, true
		}
	}
	if op.Method == "" && e.action == 0 {
		e.action = anything
	}
	e.members = newMembers(op.Members, op.Values)
	for i, words := range e.segments {
		e.segments[i] = stems(words)
	}
	if n := len(e.segments); n > 0 {
		e.target, e.segments = e.segments[n-1], e.segments[:n-1]
	}
	return e
}

// creating are stemmed verbs of a POST that leaves something new.
var creating = stemSet("create add new make insert register upload import copy clone duplicate")

// PostEffect returns the effect of a POST by its operationId and path: create_resource,
// update_resource, delete_resource, or perform_action, such as to merge, submit or send something.
func PostEffect(id, path string) string {
	e := newEntry(&Operation{Name: id, Method: "POST", Path: path})
	switch isPlain := e.verb == "" || e.isNominal; {
	case isPlain && e.isItem, !isPlain && verbActions[e.verb] == updates:
		return "update_resource"
	case isPlain, creating[e.verb]:
		return "create_resource"
	case verbActions[e.verb] == removes:
		return "delete_resource"
	}
	return "perform_action"
}

// AsksRemoval reports whether the words of a search ask to remove something.
func AsksRemoval(text string) bool {
	q := query{verbs: map[string]bool{}}
	q.takeVerb(expand(plainWords(text)))
	return q.action == removes
}

// Removes reports whether the operation at a position may remove something.
func (x *Index) Removes(i int) bool { return x.entries[i].action&removes != 0 }

// nameWords returns the words of a name without those that say only that it is for several things.
func nameWords(name string) []string {
	words := SplitWords(name)
	for len(words) > 1 && (strings.EqualFold(words[0], "bulk") || strings.EqualFold(words[0], "batch")) {
		words = words[1:]
	}
	return words
}

// setVerb sets the verb, and what it means if that is known.
func (e *entry) setVerb(word string) {
	e.verb = stem(strings.ToLower(word))
	if a, known := verbActions[e.verb]; known && e.action != reads {
		e.action = a
	}
}

// isVerb reports whether a word at the end of a path says what an operation does. A plural does
// not: refunds are a list.
func isVerb(word string) bool {
	word = strings.ToLower(word)
	if isPlural(word) || strings.HasSuffix(word, "ed") { // scheduled events
		return false
	}
	_, known := verbActions[stem(word)]
	return verb.Is(word) || known && word != "link" && word != "post"
}

// isOld reports whether an operation is deprecated, by its own mark or by its texts.
func (op *Operation) isOld() bool {
	return op.Deprecated || strings.Contains(strings.ToLower(op.Summary), "deprecated") ||
		strings.Contains(strings.ToLower(op.Description), "deprecated:")
}

// isVersion reports whether a path segment is unrelated to the subject of an operation: v1, api.
func isVersion(segment string) bool {
	s := strings.ToLower(segment)
	return s == "api" || s == "apis" || s == "rest" ||
		len(s) > 1 && s[0] == 'v' && strings.Trim(s[1:], "0123456789.") == ""
}

// Factors by which a match of structure changes the score of words.
const (
	factorAction   = 1.6  // the operation does what the verb says
	factorMaybe    = 1.3  // it may do so, or something else
	factorOther    = 0.55 // it does something else
	factorOpposite = 0.3  // the path ends with a verb that does the opposite
	factorVerb     = 1.5  // the path ends with the very verb
	factorVerbSaid = 1.2  // the summary begins with it
	factorExact    = 1.15 // the last noun of the path has the object as it is written
	factorHead     = 1.9  // the object of the verb is the last noun of the path
	factorNoun     = 1.1  // another noun of the query is
	factorNoHead   = 0.6  // no noun of the path is one of the query
	factorExtra    = 0.85 // for each further word of the last noun
	factorTitle    = 1.3  // the summary is the query
	factorUnsaid   = 0.95 // for each further word of the summary
	factorSegment  = 0.93 // for each segment of the path that the query does not mention
	factorCompound = 1.4  // for each segment of several words that are all in the query
	factorPlace    = 1.15 // for each segment that is a place: /namespaces/{name}/services
	factorPhrases  = 1.25 // it matches each noun phrase of the query
	factorOld      = 0.75 // it is deprecated
	factorTrial    = 0.7  // it only tries something out, which the query does not ask for
	factorItem     = 1.12 // one resource or many, as the query says
)

// maxSummary is the number of words of a summary that are compared with those of a query.
const maxSummary = 8

// Find returns the positions of the operations that match a query and a filter, best first. A word
// weighs more the fewer operations have it (inverse document frequency). An empty query returns all
// operations in their order. isWeak reports whether an operation has none of the words for what the
// query is about.
func (x *Index) Find(text string, filter func(int) bool) (found []int, isWeak func(int) bool) {
	q := x.parse(text)
	var heads []map[int]float64
	scores := make([]float64, len(x.entries))
	hits := make([]int, len(x.entries))
	phrases := make([]map[int]bool, len(x.entries)) // that an operation matches
	for _, t := range q.terms {
		ofTerm := x.termScores(t)
		if t.weight == weightHead {
			heads = append(heads, ofTerm)
		}
		for i, s := range ofTerm {
			scores[i] += s
			hits[i]++
			if t.phrase >= 0 && q.phrases > 1 {
				if phrases[i] == nil {
					phrases[i] = make(map[int]bool, q.phrases)
				}
				phrases[i][t.phrase] = true
			}
		}
	}
	for i := range x.entries {
		if !filter(i) || len(q.terms) > 0 && hits[i] == 0 {
			continue
		}
		found = append(found, i)
		if len(q.terms) > 0 {
			scores[i] *= 1 + float64(hits[i])/float64(len(q.terms)+1)
			if q.phrases > 1 && len(phrases[i]) == q.phrases {
				scores[i] *= factorPhrases
			}
			scores[i] = scores[i]*x.entries[i].fit(q) - 0.01*float64(x.entries[i].slashes)
		}
	}
	slices.SortStableFunc(found, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	return found, func(i int) bool {
		return slices.ContainsFunc(heads, func(scores map[int]float64) bool { return scores[i] == 0 })
	}
}

// termScores returns the scores that one term of a query gives operations: the best of its
// variants.
func (x *Index) termScores(t term) map[int]float64 {
	out := make(map[int]float64)
	for variant, quality := range t.variants {
		idf := x.idf(variant)
		if len(x.terms[t.word]) > len(x.entries)/10 && strings.HasPrefix(variant, t.word) {
			idf = min(idf, x.idf(t.word)) // a rare groupId says no more of groups than a word that many have
		}
		for _, p := range x.terms[variant] {
			out[p.entry] = max(out[p.entry], t.weight*quality*p.weight*idf)
		}
	}
	return out
}

// idf returns the inverse document frequency of a term. Descriptions count less than names: version
// may be in most descriptions of an API, and in the path of one operation.
func (x *Index) idf(t string) float64 {
	frequency := 1.0
	for _, p := range x.terms[t] {
		frequency += p.weight / weightName
	}
	return math.Log(1 + float64(len(x.entries))/frequency)
}

// fit returns the factor by which the structure of an operation fits a query.
func (e *entry) fit(q *query) float64 {
	f := 1.0
	switch {
	case e.action == creates && q.action&removes != 0 && (e.verb == "" || creating[e.verb]): // what stops a pod makes no new one
		f *= factorOther
	case q.action&removes != 0 && e.action&removes == 0 && e.verb == "":
		f *= factorMaybe
	case q.begins && e.isItem && e.verb == "" && e.action&updates != 0 && (alsoVerbs[q.verb] || !containsAny(q.verbs, e.target)):
		f *= factorMaybe
	case q.action != 0 && (e.action&^q.action == 0 || e.said == q.stem && q.action&e.action != 0):
		f *= factorAction
	case q.action&e.action != 0:
		f *= factorMaybe
	case q.action != 0 && q.seldom&e.action == 0 && !q.verbs[e.verb]:
		f *= factorOther
	}
	switch {
	case e.verb != "" && q.verbs[e.verb], e.verb == "" && e.action == removes && q.begins && q.action&removes != 0:
		f *= factorVerb
	case q.opposite[e.verb] || q.opposite[e.said]:
		f *= factorOpposite
	case q.verb != "" && e.said == q.stem:
		f *= factorVerbSaid
	}
	heads, nouns, extra := 0, 0, 0
	for _, w := range e.target {
		switch {
		case q.head[w]:
			heads++
		case q.all[w]:
			nouns++
		default:
			extra++
		}
	}
	if n := len(e.segments); heads == 0 && nouns == len(e.target) && nouns > 0 && n > 0 && containsAny(q.before, e.target) && containsAny(q.head, e.segments[n-1]) && !containsAny(q.before, e.segments[n-1]) {
		heads, extra = 1, 0 // "recurring transactions" with /transactions/recurring
	}
	switch {
	case heads > 0:
		f *= factorHead
		if slices.ContainsFunc(e.target, q.names) {
			f *= factorExact
		}
	case nouns > 0:
		f *= factorNoun
	case len(q.head) > 0 && q.phrases > 0 && !slices.ContainsFunc(e.segments, func(words []string) bool { return containsAny(q.all, words) }):
		f *= factorNoHead
	}
	for _, w := range e.summary {
		if !q.all[w] {
			f *= factorUnsaid
		}
	}
	if e.said == q.stem && len(e.summary) >= max(1, len(q.terms)-1) && !slices.ContainsFunc(e.summary, func(w string) bool { return !q.all[w] }) {
		f *= factorTitle
	}
	if q.compound != "" && strings.Join(e.target, "") == q.compound { // appsettings of "app settings"
		f *= factorCompound
	}
	f *= e.fitMembers(q) * math.Pow(factorExtra, float64(extra))
	for _, words := range e.segments {
		if len(words) > 1 && q.has(words) {
			f *= factorCompound
		}
		if containsAny(q.places, words) {
			f *= factorPlace
		}
		if !slices.ContainsFunc(words, func(w string) bool { return q.all[w] }) {
			f *= factorSegment
		}
	}
	isTrial := func(words []string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return rehearsal[w] && !q.all[w] })
	}
	if isTrial(e.target) || slices.ContainsFunc(e.segments, isTrial) {
		f *= factorTrial
	}
	if q.number == one && e.isItem || q.number == many && !e.isItem {
		f *= factorItem
	}
	if e.isOld {
		f *= factorOld
	}
	return f
}

func containsAny(set map[string]bool, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return set[w] })
}

// Of returns an operation of a document for a search.
func Of(name, method, path string, item *openapi3.PathItem, op *openapi3.Operation) Operation {
	o := Operation{
		Name: name, Method: method, Path: path, Summary: op.Summary, Description: op.Description, Tags: op.Tags, Deprecated: op.Deprecated,
		Choices: Choices(item.Parameters, op.Parameters),
	}
	for _, list := range []openapi3.Parameters{item.Parameters, op.Parameters} {
		for _, p := range list {
			if p.Value != nil {
				o.Parameters = append(o.Parameters, p.Value.Name)
			}
		}
	}
	if op.RequestBody != nil && op.RequestBody.Value != nil {
		for _, m := range op.RequestBody.Value.Content {
			o.AddBody(m.Schema)
		}
	}
	return o
}

// AddBody adds the members of a body.
func (o *Operation) AddBody(schema *openapi3.SchemaRef) {
	names, values := openapi.SchemaMemberNames(schema)
	o.Members, o.Values = append(o.Members, names...), append(o.Values, values...)
}
