package opsearch

import (
	"slices"
	"strings"
	"unicode"

	"github.com/spectap/spectap/internal/verb"
)

// query is what the words of a search mean.
type query struct {
	terms    []term
	verb     string          // as it is written, or ""
	stem     string          // of the verb
	action   action          // the possible effects of the verb, or 0
	seldom   action          // its effect in few APIs
	verbs    map[string]bool // the verb and its synonyms
	opposite map[string]bool // verbs that do the opposite
	head     map[string]bool // variants of the noun that the verb is about
	exact    []string        // those that are the noun itself: resourcegroup of "resource groups"
	before   map[string]bool // stemmed words before it: recurring
	all      map[string]bool // variants of all words
	places   map[string]bool // stemmed nouns after prepositions: in the namespace
	number   number
	words    map[string]bool // as they are written, stemmed
	compound string          // the first noun phrase as one word: defaultbranch; "" if it has one word
	// switches reports that the verb turns something on or off.
	switches bool
	// begins reports that the verb starts or stops something, which is seldom an update of it. What
	// is restarted or unlocked is there already.
	begins bool
	// phrases is the number of noun phrases, such as "a label" and "to an issue".
	phrases int
}

// number is the number of resources of a query: one, or many.
type number uint8

const (
	unknownNumber number = iota
	one
	many
)

// term is a word of a query, with the terms of the index that may mean the same.
type term struct {
	word     string
	phrase   int // of the query, from 0 on; -1 is the verb
	weight   float64
	variants map[string]float64 // how well each one matches, at most 1
}

// Weights of the words of a query, and qualities of variants.
const (
	weightHead        = 1.5
	weightWord        = 1
	weightPlace       = 0.85 // after a preposition: the folder into which a file is uploaded
	weightVerb        = 1.2
	weightGeneralVerb = 0.5
	weightWho         = 0.5
	qualitySynonym    = 0.6
	qualityWeak       = 0.3 // a synonym in few APIs
	qualityPart       = 0.6 // one word begins with the other: repo, repository; evict, eviction
	qualityNominal    = 0.9 // subscribe, subscription
	qualityInitials   = 1   // slo of service level objectives
)

// minPart is the length from which a word may match one that begins with it, in bytes.
const minPart = 3

// phrase is a list of words up to a preposition.
type phrase []string

// parse reads a query.
func (x *Index) parse(text string) *query {
	q := &query{verbs: map[string]bool{}, head: map[string]bool{}, all: map[string]bool{}, places: map[string]bool{}}
	words := expand(withoutLead(plainWords(text)))
	if of := pageOf(words); of != nil { // a page of a list
		words, q.action = of, reads
	}
	rest := q.takeVerb(words)
	phrases := phrasesOf(rest)
	isPerson := func(w string) bool { return people[w] || persons[w] }
	if len(rest) > 1 && people[rest[0]] && prepositions[rest[1]] || // add somebody to a team
		q.verb == "share" && slices.ContainsFunc(rest, isPerson) { // share a file with a colleague
		phrases = slices.Insert(phrases, 0, phrase{"member"})
	}
	for i, p := range phrases {
		for j, w := range p {
			weight := float64(weightWord)
			isHead := i == 0 && j == len(p)-1
			switch {
			case isHead:
				weight = weightHead
			case i > 0:
				weight = weightPlace
			}
			t := x.newTerm(w, weight)
			t.phrase = i
			x.addCompounds(&t, p, j)
			q.add(t, isHead)
		}
	}
	for _, p := range phrases[min(1, len(phrases)):] {
		q.places[stem(p[len(p)-1])] = !isPlural(p[len(p)-1])
	}
	q.phrases = len(phrases)
	if q.phrases > 0 && len(phrases[0]) > 1 {
		q.compound = stem(strings.Join(phrases[0], ""))
		q.before = stemSet(strings.Join(phrases[0][:len(phrases[0])-1], " "))
	}
	if q.verb == "make" {
		q.action = x.makes(words, phrases)
		q.seldom = creates
	}
	if q.verb == "" && q.action == 0 && len(words) > 0 && isPlural(words[0]) {
		// "invoices of a customer": to see them.
		q.action = reads
	}
	q.switches, q.stem = switching[q.verb], stem(q.verb)
	q.begins = alsoVerbs[q.verb] || verbActions[q.stem]&(creates|updates) == creates|updates && !strings.HasPrefix(q.verb, "re") && !strings.HasPrefix(q.verb, "un")
	if as := slices.Index(words, "as"); q.action == updates && as > 0 && as+1 < len(words) { // mark an invoice as paid
		q.verbs[stem(words[as+1])] = true
	}
	q.words = stemSet(strings.Join(words, " "))
	if slices.ContainsFunc(words, func(w string) bool { return people[w] || persons[w] && sharing[q.verb] }) {
		q.add(x.newTerm("member", weightWho), false)
	}
	if len(phrases) > 0 && slices.Contains(words, "my") && q.action&^reads == 0 && slices.Index(words, "my")+1 == slices.Index(words, phrases[0][0]) {
		q.add(x.newTerm("authenticated", weightPlace), false)
	}
	q.setNumber(words, phrases)
	switch {
	case q.verb == "":
	case general[q.verb]:
		q.add(x.newTerm(q.verb, weightGeneralVerb), false)
	default:
		q.add(x.newTerm(q.verb, weightVerb), true) // assign: assignees; invite: invitations
	}
	return q
}

// makes returns the effect of "make": to make a repository private changes it, to make a label
// creates one. An object that can be created is a noun of the API.
func (x *Index) makes(words []string, phrases []phrase) action {
	if len(phrases) == 0 || len(phrases[0]) < 2 || slices.Contains(words, "new") {
		return creates
	}
	p := phrases[0]
	if x.nouns[strings.Join(stems(p), " ")] {
		return creates
	}
	if x.nouns[stem(p[len(p)-1])] {
		return creates | updates
	}
	return updates
}

// add adds a term. Operations match it by any of its variants.
func (q *query) add(t term, isHead bool) {
	q.terms = append(q.terms, t)
	for v, quality := range t.variants {
		q.all[v] = true
		if isHead {
			q.head[v] = true
		}
		if isHead && quality >= 1 {
			q.exact = append(q.exact, v)
		}
	}
}

// names reports whether a word is what the verb is about, or short for it: repo of repository.
func (q *query) names(word string) bool {
	return slices.ContainsFunc(q.exact, func(e string) bool { return e == word || len(word) >= minPart && strings.HasPrefix(e, word) })
}

// plainWords splits a query into words in lower case.
func plainWords(text string) (out []string) {
	isOther := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	for _, token := range strings.FieldsFunc(text, isOther) {
		for _, w := range SplitWords(token) {
			out = append(out, strings.ToLower(w))
		}
	}
	return out
}

// withoutLead returns the words from the verb on: "close an issue" of "how do I close an issue".
func withoutLead(words []string) []string {
	at := slices.IndexFunc(words, func(w string) bool { return !leads[w] })
	if at > 0 && (verbActions[stem(words[at])] != 0 || verb.Is(words[at])) {
		return words[at:]
	}
	return words
}

// pageOf returns the words after "the next page of", "details of" and the like, or nil.
func pageOf(words []string) []string {
	at := slices.IndexFunc(words, func(w string) bool { return wholes[w] })
	if at < 0 || at+2 >= len(words) || words[at+1] != "of" {
		return nil
	}
	for _, w := range words[:at] {
		if !pageWords[w] && !isStopWord(w) && !general[w] {
			return nil
		}
	}
	return words[at+2:]
}

// takeVerb finds the verb of a query, and returns the words after it. The first word is a verb if
// it is a known one, or if a determiner or a preposition follows, as in "mute a host", and it is no
// plural.
func (q *query) takeVerb(words []string) []string {
	if len(words) == 0 {
		return nil
	}
	if questions[words[0]] {
		q.action = reads
		return words[1:]
	}
	for i, w := range words {
		if isStopWord(w) {
			continue
		}
		s := stem(w)
		a, known := verbActions[s]
		isOrder := i+1 < len(words) && !strings.HasSuffix(w, "s") && !nouns[s] &&
			(determiners[words[i+1]] || prepositions[words[i+1]] && words[i+1] != "of")
		if !known && !isOrder {
			if strings.HasSuffix(w, "ly") && i+1 < len(words) && verbActions[stem(words[i+1])] != 0 { // permanently delete
				return append(q.takeVerb(words[i+1:]), w)
			}
			return words[i:]
		}
		if q.verb, q.action = w, a; !known { // who wants to delete something says so
			q.action = creates | updates
		}
		if w == "leave" && slices.ContainsFunc(words[i+1:], func(w string) bool { return remarks[w] }) {
			q.verb, q.action, s = "add", creates, "add"
		}
		if w == "issue" {
			q.action = creates
		}
		if w == "put" && slices.ContainsFunc(words, func(w string) bool { return w != "of" && prepositions[w] }) {
			q.action = creates // something into a collection
		}
		q.seldom = seldomActions[s]
		if !known && !alsoVerbs[w] {
			q.seldom = removes
		}
		q.verbs[s] = true
		q.opposite = oppositesOf(s)
		for _, same := range synonyms[s] {
			if _, isVerb := verbActions[same]; isVerb {
				q.verbs[same] = true
			}
		}
		return words[i+1:]
	}
	return nil
}

// oppositesOf returns the stemmed verbs that do the opposite of one.
func oppositesOf(verb string) map[string]bool {
	for _, row := range tables["opposite"] {
		for i, verbs := range row {
			if stemSet(verbs)[verb] {
				return stemSet(row[1-i])
			}
		}
	}
	return nil
}

// phrasesOf splits words at prepositions, and drops uninformative words.
func phrasesOf(words []string) (out []phrase) {
	var p phrase
	end := func() {
		if len(p) > 0 {
			out = append(out, p)
			p = nil
		}
	}
	for _, w := range words {
		switch {
		case prepositions[w]:
			end()
		case !isStopWord(w) && w != "new":
			p = append(p, w)
		}
	}
	end()
	return out
}

// setNumber decides whether the query is about one resource or about many: a new one is added to
// many, a plural means many, and "a" or "one" before the noun means one.
func (q *query) setNumber(words []string, phrases []phrase) {
	if q.action == creates || slices.ContainsFunc(words, func(w string) bool { return manyWords[w] }) {
		q.number = many
		return
	}
	if len(phrases) == 0 {
		return
	}
	head := phrases[0]
	if isPlural(head[len(head)-1]) {
		q.number = many
	} else if at := slices.Index(words, head[0]); at > 0 && oneWords[words[at-1]] {
		q.number = one
	}
}

func isPlural(word string) bool { return strings.HasSuffix(word, "s") && stem(word) != word }

// newTerm returns the term of a word, with the terms of the index that may mean the same.
func (x *Index) newTerm(word string, weight float64) term {
	s := stem(word)
	t := term{word: s, phrase: -1, weight: weight, variants: map[string]float64{s: 1}}
	for _, same := range synonyms[s] {
		if weakPeople[same] {
			t.offer(same, qualityWeak)
			continue
		}
		t.offer(same, qualitySynonym)
		for _, noun := range nominals(same) {
			t.offer(noun, qualitySynonym*qualityNominal)
		}
	}
	for _, same := range nominals(s) {
		t.offer(same, qualityNominal)
	}
	x.addParts(&t, s)
	return t
}

// offer adds a variant, or raises its quality.
func (t *term) offer(variant string, quality float64) {
	t.variants[variant] = max(t.variants[variant], quality)
}

// addParts adds terms that begin with a word, and those that a word begins with.
func (x *Index) addParts(t *term, s string) {
	if len(s) > minPart {
		at, _ := slices.BinarySearch(x.sorted, s)
		for _, other := range x.sorted[at:] {
			if !strings.HasPrefix(other, s) {
				break
			}
			if other != s && len(other) <= len(s)+6 {
				t.offer(other, qualityPart)
			}
		}
	}
	for n := minPart; n < len(s); n++ {
		if _, known := x.terms[s[:n]]; known && len(s) >= n+3 {
			t.offer(s[:n], qualityPart)
		}
	}
}

// addCompounds adds terms that a word forms with its neighbours: configmap of "config map", and slo
// of "service level objectives".
func (x *Index) addCompounds(t *term, p phrase, at int) {
	for from := max(0, at-3); from <= at; from++ {
		for to := max(at+1, from+2); to <= min(len(p), from+4); to++ {
			joined, initials := "", ""
			for _, w := range p[from:to] {
				joined += w
				initials += w[:1]
			}
			if s := stem(joined); len(x.terms[s]) > 0 {
				t.offer(s, 1)
			}
			if len(initials) > 2 && len(x.terms[initials]) > 0 {
				t.offer(initials, qualityInitials)
			}
		}
	}
}
