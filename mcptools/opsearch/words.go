package opsearch

import (
	_ "embed"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// action is a set of what an operation may do.
type action uint8

const (
	reads action = 1 << iota
	creates
	updates
	removes

	anything = reads | creates | updates | removes
)

// methodActions are the actions of methods.
var methodActions = map[string]action{
	"GET": reads, "HEAD": reads, "OPTIONS": reads, "POST": creates, "PUT": updates | creates, "PATCH": updates,
	"DELETE": removes,
}

//go:embed words.tsv
var wordsFile string

// tables are those of words.tsv by name: rows of cells.
var tables = func() map[string][][]string {
	all := map[string][][]string{}
	for line := range strings.Lines(wordsFile) {
		if cells := strings.Split(strings.TrimSpace(line), "\t"); len(cells) > 1 {
			all[cells[0]] = append(all[cells[0]], cells[1:])
		}
	}
	return all
}()

// actionNames are the names of actions in words.tsv.
var actionNames = map[string]action{"reads": reads, "creates": creates, "updates": updates, "removes": removes}

// everydayRemovals are everyday verbs for what APIs call to delete or remove. An operation with
// such a verb, such as to trash a message (Gmail), matches that verb only.
const everydayRemovals = "kick expel boot trash scrap toss wipe discard forget throw bin"

// remarks are what somebody leaves on something, which adds it.
var remarks = wordSet("comment note remark message reply review feedback rating")

// seldomActions are what verbs mean in few APIs only: who closes an account deletes it.
var seldomActions = map[string]action{stem("close"): removes, stem("archive"): removes, stem("logout"): creates | updates}

// general are verbs that say no more than a method does.
var general = wordSet("get fetch read show retrieve view look display see list browse find search " +
	"create add new make insert post update edit change modify set replace patch put delete remove destroy drop erase")

// switching are verbs that turn something on or off.
var switching = wordSet("enable disable activate deactivate allow forbid")

// pageWords select a page of a list.
var pageWords = wordSet("next previous first second third last another following other")

// wholes are what a list or a resource is shown as.
var wholes = wordSet("page details detail info information list overview")

// leads are words before the verb of a request.
var leads = wordSet("how do does can could should would will i we you to want need like please help let me us")

// alsoVerbs are nouns of the groups that are orders too: "comment on an issue", "issue a card".
var alsoVerbs = wordSet("comment note reply message label tag mail email file bill invoice log document access charge book review bookmark issue")

// particles end phrasal verbs whose object may stand before them: pay the buyer back.
var particles = wordSet("back on off up down access contents")

// maxObject is the number of words between a verb and its particle.
const maxObject = 3

// expand replaces the words of a query that mean something together.
func expand(words []string) []string {
	for _, row := range tables["phrase"] {
		parts, means := strings.Fields(row[0]), strings.Fields(row[1])
		for at := 0; at+len(parts) <= len(words); at++ {
			if slices.Equal(words[at:at+len(parts)], parts) {
				words = slices.Concat(words[:at], means, words[at+len(parts):])
			}
		}
		if len(parts) == 2 && particles[parts[1]] && len(words) > 2 && words[0] == parts[0] {
			at := slices.Index(words[:min(len(words), maxObject+2)], parts[1])
			if at > 0 && (at+1 == len(words) || prepositions[words[at+1]]) {
				words = slices.Concat(means, words[1:at], words[at+1:])
			}
		}
	}
	if len(words) > 1 && takes[words[0]] { // take somebody off a team, throw him out of it
		if at := slices.IndexFunc(words[:min(len(words), maxObject+2)], func(w string) bool { return w == "off" || w == "out" || w == "away" }); at > 0 {
			verb := "remove"
			if words[at] == "away" {
				verb = "delete"
			}
			return slices.Concat([]string{verb}, words[1:at], []string{"from"}, words[at+1:])
		}
	}
	return words
}

// takes are verbs that remove something with "off", "out" or "away".
var takes = wordSet("take kick throw boot toss strike")

// weakPeople are words of people in some APIs, and of something else in most.
var weakPeople = stemSet("account")

// nouns are the stemmed words that name a resource and are no orders, such as "money".
var nouns = func() map[string]bool {
	set := map[string]bool{}
	for _, row := range tables["nouns"] {
		for w := range strings.FieldsSeq(row[0]) {
			if !alsoVerbs[w] {
				set[stem(w)] = true
			}
		}
	}
	return set
}()

// nominals returns the nouns of a stemmed verb, and the verb of such a noun: subscription and
// subscriber of "subscribe".
func nominals(s string) (out []string) {
	if verbActions[s] != 0 {
		out = append(out, s+"er")
	}
	for _, row := range tables["ending"] {
		verb, noun := row[0], row[1]
		if base, ok := strings.CutSuffix(s, verb); ok && base != "" {
			out = append(out, stem(base+noun))
		}
		if base, ok := strings.CutSuffix(s, stem(noun)); ok && base != "" {
			out = append(out, base+verb)
		}
	}
	return out
}

// verbActions and synonyms are made from the tables, by stemmed word.
var verbActions, synonyms = func() (map[string]action, map[string][]string) {
	actions, same := map[string]action{}, map[string][]string{}
	for _, row := range tables["action"] {
		for _, v := range stems(strings.Fields(row[1])) {
			for name := range strings.FieldsSeq(row[0]) {
				actions[v] |= actionNames[name]
			}
		}
	}
	for _, row := range slices.Concat(tables["verbs"], tables["nouns"]) {
		words := stems(strings.Fields(row[0]))
		for _, w := range words {
			for _, other := range words {
				if other != w && !slices.Contains(same[w], other) {
					same[w] = append(same[w], other)
				}
			}
		}
	}
	for _, w := range stems(strings.Fields(everydayRemovals)) {
		actions[w] = removes
		same[w] = append(same[w], stems(strings.Fields("remove delete"))...)
	}
	for w := range stemSet("user member person people") {
		same[w] = slices.AppendSeq(same[w], maps.Keys(weakPeople))
	}
	return actions, same
}()

// rehearsal are stemmed words of paths that only try something out.
var rehearsal = stemSet("test helper sandbox simulate simulation mock dummy")

// questions begin queries that ask for something.
var questions = wordSet("who what which where when how whether is are does do can")

// people are words for persons.
var people = wordSet("who whom somebody someone anybody anyone everybody everyone")

// persons are nouns for those with whom something is shared, and sharing are verbs that make them
// members.
var (
	persons = wordSet("user person people colleague coworker teammate friend employee customer client editor viewer")
	sharing = wordSet("share invite collaborate")
)

// prepositions end a noun phrase: what follows says where or whose.
var prepositions = wordSet("of to for in on from with by at into about as inside within under via")

// determiners stand before nouns.
var determiners = wordSet("a an the my me i some somebody someone something this that these those your its it all every each")

// manyWords and oneWords set the number of resources of a query.
var manyWords, oneWords = wordSet("list all every which"), wordSet("a an one single this that my")

// fillers are other words that say nothing about an operation.
var fillers = wordSet("s before after and or not api please want need be been one single have has had many much")

func wordSet(text string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(text) {
		set[w] = true
	}
	return set
}

// isStopWord reports whether a word is uninformative.
func isStopWord(w string) bool {
	return questions[w] || prepositions[w] || determiners[w] || fillers[w]
}

// Terms splits text into words, also at capitals, and stems them. Uninformative words and
// repetitions are left out.
func Terms(text string) []string {
	var out []string
	seen := map[string]bool{}
	isSeparator := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	for _, token := range strings.FieldsFunc(text, isSeparator) {
		words := SplitWords(token)
		if len(words) > 1 {
			words = append(words, token)
		}
		for _, w := range words {
			if w = strings.ToLower(w); isStopWord(w) {
				continue
			}
			if w = stem(w); w != "" && !seen[w] {
				seen[w] = true
				out = append(out, w)
			}
		}
	}
	return out
}

// SplitWords splits a name at characters that are neither letters nor digits and before a capital
// that begins a word, as in getUserByID.
func SplitWords(s string) []string {
	var out []string
	start := 0
	cut := func(end int) {
		if end > start {
			out = append(out, s[start:end])
		}
	}
	for i := range len(s) {
		switch {
		case isSeparator(s[i]):
			cut(i)
			start = i + 1
		case i > start && isUpper(s[i]) && (!isUpper(s[i-1]) || i+1 < len(s) && isLower(s[i+1])):
			cut(i)
			start = i
		}
	}
	cut(len(s))
	return out
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }
func isLower(c byte) bool { return c >= 'a' && c <= 'z' }

// isSeparator reports whether c is ASCII and neither a letter nor a digit.
func isSeparator(c byte) bool {
	return c < 0x80 && !isUpper(c) && !isLower(c) && (c < '0' || c > '9')
}

// stems returns the stems of words.
func stems(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = stem(strings.ToLower(w))
	}
	return out
}

// stem removes English endings, roughly: the forms of one word need only become equal.
func stem(w string) string {
	switch {
	case len(w) > 4 && strings.HasSuffix(w, "ies"):
		w = w[:len(w)-3] + "y"
	case len(w) > 4 && hasAnySuffix(w, "sses", "xes", "ches", "shes"):
		w = w[:len(w)-2]
	case len(w) > 3 && strings.HasSuffix(w, "s") && !hasAnySuffix(w, "ss", "us", "is"):
		w = w[:len(w)-1]
	}
	switch {
	case len(w) > 5 && strings.HasSuffix(w, "ing"):
		w = undouble(w[:len(w)-3])
	case len(w) > 4 && strings.HasSuffix(w, "ed"):
		w = undouble(w[:len(w)-2])
	}
	if len(w) > 4 && strings.HasSuffix(w, "e") {
		w = w[:len(w)-1]
	}
	if len(w) > 4 && strings.HasSuffix(w, "y") {
		w = w[:len(w)-1] + "i"
	}
	return w
}

func hasAnySuffix(w string, suffixes ...string) bool {
	return slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(w, s) })
}

// undouble removes a doubled final consonant: "stopp" (of "stopping") becomes "stop".
func undouble(w string) string {
	if n := len(w); n > 3 && w[n-1] == w[n-2] && !strings.ContainsRune("aeiouls", rune(w[n-1])) {
		return w[:n-1]
	}
	return w
}

// HasHalf reports whether a text has at least half of some words, and at least one.
func HasHalf(text, words string) bool {
	own, all, n := Terms(text), Terms(words), 0
	for _, w := range all {
		if slices.Contains(own, w) {
			n++
		}
	}
	return n > 0 && 2*n >= len(all)
}
