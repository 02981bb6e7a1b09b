package opsearch

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/internal/verb"
)

// members is the index of the members of an operation's body. A function without an operation of
// its own is often a member of an update: a repository becomes private by PATCH with {"private":
// true}, and its issues are turned off with {"has_issues": false}.
type members struct {
	words    map[string]bool // of the names and values, stemmed; also each name as one word
	switched map[string]bool // words of names such as has_issues and wiki_enabled
	long     [][]string      // words of names of three words or more that begin with a verb
}

// newMembers reads the names of members, and the values that they are limited to.
func newMembers(names, values []string) members {
	m := members{words: map[string]bool{}, switched: map[string]bool{}}
	for _, v := range values {
		for _, w := range stems(SplitWords(v)) {
			m.words[w] = true
		}
	}
	for _, name := range names {
		words := stems(SplitWords(name))
		n := len(words)
		if n == 0 {
			continue
		}
		for _, w := range words {
			m.words[w] = true
		}
		m.words[compound(name)] = true
		if plain := slices.DeleteFunc(plainWords(name), isStopWord); len(plain) > 2 && verb.Is(plain[0]) {
			m.long = append(m.long, stems(plain))
		}
		if n > 1 && switchWords[words[0]] {
			m.addSwitch(words[1:])
		}
		if n > 1 && switchWords[words[n-1]] {
			m.addSwitch(words[:n-1])
		}
	}
	return m
}

func (m *members) addSwitch(words []string) {
	for _, w := range words {
		m.switched[w] = true
	}
}

// compound returns a name as one stemmed word: defaultbranch of default_branch.
func compound(name string) string {
	return stem(strings.ToLower(strings.Join(SplitWords(name), "")))
}

// switchWords are stemmed words before or after the name of what a member turns on and off.
var switchWords = stemSet("has have is use uses allow allows enable enabled active activated disable disabled on with")

// stateWords lists verbs that change the state of something, and words of the members that hold it.
var stateWords = []struct{ verbs, words string }{
	{"enable activate disable deactivate", "enabled disabled active inactive status"},
	{"suspend pause resume unpause freeze unfreeze block unblock", "suspended paused frozen blocked active enabled status state schedulable"},
	{"close reopen open resolve complete finish cancel", "state status closed resolved completed done cancelled"},
	{"publish", "published draft public visibility status"},
	{"archive unarchive", "archived status state"},
	{"approve accept reject decline ship deliver fulfill", "status state"},
	{"lock unlock", "locked"},
	{"rename", "name title"},
	{"share unshare", "shared public visibility"},
}

// statesOf maps stemmed verbs to the stemmed words of stateWords.
var statesOf = func() map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for _, s := range stateWords {
		for v := range strings.FieldsSeq(s.verbs) {
			out[stem(v)] = stemSet(s.words)
		}
	}
	return out
}()

func stemSet(text string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(text) {
		set[stem(w)] = true
	}
	return set
}

// Factors by which a member of the body of an update changes the score.
const (
	factorMember = 1.9 // the object of the verb is a member of the last noun of the path
	factorWhole  = 3.2 // it is a member whose name has several words
	factorSwitch = 3.2 // the member turns on or off what the verb is about
	factorState  = 1.5 // a member holds the state that the verb changes
	factorObject = 1.3 // POST /refunds has a member for the payment that is refunded
)

// fitMembers returns the factor by which the members of an update fit a query: 1 if they say
// nothing.
func (e *entry) fitMembers(q *query) float64 {
	if e.isNominal && q.verbs[e.verb] && intersects(q.head, e.members.words) {
		return factorObject
	}
	if q.action&updates == 0 || e.action&updates == 0 || len(e.target) == 0 {
		return 1
	}
	isOther := func(w string) bool { return !q.all[w] }
	isAbout := !slices.ContainsFunc(e.target, isOther) && e.verb == ""
	switch {
	case isAbout && slices.ContainsFunc(e.members.long, q.has): // cancel_at_period_end
		return factorWhole
	case q.switches && intersects(q.head, e.members.switched):
		if isAbout {
			return factorSwitch
		}
		return factorMember
	case q.compound != "" && e.members.words[q.compound]:
		if isAbout {
			return factorWhole
		}
		return factorMember
	case isAbout && intersects(q.head, e.members.words) && !containsAny(q.head, e.target):
		return factorMember
	case isAbout && containsAny(q.head, e.target) && intersects(statesOf[q.stem], e.members.words):
		return factorState
	}
	return 1
}

// has reports whether the query has all words.
func (q *query) has(words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !q.words[w] })
}

// intersects reports whether two sets have a word in common.
func intersects(a, b map[string]bool) bool {
	for w := range a {
		if b[w] {
			return true
		}
	}
	return false
}
