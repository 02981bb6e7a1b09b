package infer

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/infer/noun"
)

// step is one segment of a template, as names see it.
type step struct {
	literal string   // "" for a parameter
	params  []string // parameter names
	self    bool     // the literal names the current one of something
}

// nameSubject is what operation names are made from.
type nameSubject struct {
	variant call.Variant
	method  string
	steps   []step // below the servers' prefix, as told
	patched bool   // there is a PATCH, too
	answers answers
	action  bool // a POST with nothing else there and nothing below it
}

var versionRE = regexp.MustCompile(`^(?i)v?\d+([._]\d+)*((alpha|beta|rc|preview)\d*)?$|^\d{4}-\d{2}(-\d{2})?$`)

// isVersion says whether a segment is an API version: "v1", "v2beta1", "2.0", "2024-01".
func isVersion(s string) bool { return versionRE.MatchString(s) }

// words are the verb, the owners and the subject: list user orders.
func (n nameSubject) words() []string {
	switch i := n.subjectIndex(); {
	case n.variant.IsBatch() && i >= 0: // batchGraphql
		return append([]string{"batch"}, literalWords(n.steps[i].literal, false)...)
	case n.variant.Name != "":
		return noun.Words(n.variant.Name)
	}
	n.steps = spoken(n.steps)
	verb, subject, action := n.verbSubject()
	owners := n.owners()
	if action { // cancelOrder
		words := append([]string{}, subject...)
		if len(owners) > 0 {
			words = append(words, owners[len(owners)-1]...)
		}
		return words
	}
	words := []string{verb}
	for _, o := range owners {
		words = append(words, o...)
	}
	return append(words, subject...)
}

// verbSubject gives the verb and the words of what the operation acts on. action means that the path's last
// word is itself the verb.
func (n nameSubject) verbSubject() (verb string, subject []string, action bool) {
	i := n.subjectIndex()
	if i < 0 {
		return verbOf(n.method, false), []string{"root"}, false
	}
	lit := n.steps[i].literal
	item := i < len(n.steps)-1
	switch {
	case item && n.method == "POST" && n.patched:
		return "create", literalWords(lit, true), false
	case item:
		return verbOf(n.method, true), literalWords(lit, true), false
	case n.method == "POST" && noun.IsPlural(lit):
		return "create", literalWords(lit, true), false
	case n.method == "POST" && n.action && !n.steps[i].self && !isThing(lit) && (i > 0 && n.steps[i-1].literal == "" || noun.IsVerb(lit)):
		return "", literalWords(lit, false), true
	case n.method == "POST" && !n.steps[i].self:
		return "create", literalWords(lit, false), false
	case n.method == "GET" && noun.IsReadVerb(lit) && n.answers != answersPage:
		return "", literalWords(lit, false), true
	case n.method == "GET" && n.answers == answersPage:
		return "list", literalWords(noun.Plural(lit), false), false
	case n.method == "GET" && (n.answers == answersList || noun.IsPlural(lit) && n.answers != answersOne):
		return "list", literalWords(lit, false), false
	}
	return verbOf(n.method, true), literalWords(lit, false), false
}

// isThing says whether a word that a POST may end in is what it makes, and no verb.
func isThing(literal string) bool {
	words := literalWords(literal, false)
	switch last := words[len(words)-1]; last {
	case "token", "session", "key", "secret", "code", "link", "url", "media", "data", "lookup":
		return true
	default:
		return len(words) == 1 && len(last) > 5 && (strings.HasSuffix(last, "tion") || strings.HasSuffix(last, "sion") || strings.HasSuffix(last, "ment") && last != "increment" && last != "decrement")
	}
}

// subjectIndex is the last literal that is no version; -1 when there is none.
func (n nameSubject) subjectIndex() int {
	for i := len(n.steps) - 1; i >= 0; i-- {
		if l := n.steps[i].literal; l != "" && !isVersion(l) {
			return i
		}
	}
	return -1
}

// owners are the words of what the subject belongs to: literals above it, singular before a parameter.
func (n nameSubject) owners() [][]string {
	var out [][]string
	end := n.subjectIndex()
	for i := 0; i < end; i++ {
		l := n.steps[i].literal
		if l == "" || isVersion(l) {
			continue
		}
		out = append(out, literalWords(l, n.steps[i+1].literal == ""))
	}
	return out
}

func literalWords(lit string, single bool) []string {
	words := noun.Words(lit)
	if len(words) == 0 {
		words = []string{"root"}
	}
	if single {
		words[len(words)-1] = noun.Singular(words[len(words)-1])
	}
	return words
}

func verbOf(method string, item bool) string {
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
		if item {
			return "update"
		}
		return "create"
	}
	return strings.ToLower(method)
}

// summary is the operation's name as a sentence: "List the orders of a user".
func (n nameSubject) summary() string {
	switch {
	case n.variant.IsBatch():
		return n.variant.Kind + ": several calls in one request"
	case n.variant.Name != "":
		return n.variant.Kind + " " + n.variant.Name
	}
	n.steps = spoken(n.steps)
	verb, subject, action := n.verbSubject()
	i := n.subjectIndex()
	if i < 0 {
		return capitalize(verb) + " the root"
	}
	owner := n.ownerPhrase(i)
	text := strings.Join(append(n.qualifier(i), subject...), " ")
	switch {
	case action && owner == "" && text != strings.Join(subject, " "): // search customers
		return capitalize(strings.Join(append(subject, literalWords(n.steps[i-1].literal, false)...), " "))
	case action && owner != "":
		return capitalize(text) + strings.Replace(owner, " of ", " ", 1)
	case action:
		return capitalize(text)
	case verb == "list", i == len(n.steps)-1 && verb != "create":
		return capitalize(verb) + " the " + text + owner
	}
	return capitalize(verb) + " " + article(text) + owner
}

// ownerPhrase names what the subject at step i belongs to: the nearest literal above it with a parameter.
func (n nameSubject) ownerPhrase(i int) string {
	for j := i - 1; j >= 0; j-- {
		switch l := n.steps[j].literal; {
		case n.steps[j].self:
			return " of the " + strings.Join(literalWords(l, false), " ")
		case l != "" && n.steps[j+1].literal == "":
			return " of " + article(strings.Join(literalWords(l, true), " "))
		}
	}
	return ""
}

// qualifier is the literal just above the subject: "cart" in /cart/items.
func (n nameSubject) qualifier(i int) []string {
	if i == 0 {
		return nil
	}
	l := n.steps[i-1].literal
	if l == "" || n.steps[i-1].self || isVersion(l) {
		return nil
	}
	return adjunct(l)
}

// article puts "a" or "an" before a text. A "u" sounds like a consonant where one consonant and a vowel follow: a user,
// an upload.
func article(text string) string {
	if text == "" {
		return "a"
	}
	vowel := strings.IndexByte("aeio", text[0]) >= 0
	if text[0] == 'u' && !strings.HasPrefix(text, "url") {
		vowel = len(text) < 3 || strings.IndexByte("aeiou", text[1]) < 0 && strings.IndexByte("aeiou", text[2]) < 0
	}
	if vowel {
		return "an " + text
	}
	return "a " + text
}

func capitalize(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// tag is the first word of the path that is neither version nor "api".
func (n nameSubject) tag() string {
	for _, s := range n.steps {
		if s.literal != "" && !isVersion(s.literal) && !strings.EqualFold(s.literal, "api") {
			return strings.Join(noun.Words(s.literal), "-")
		}
	}
	return ""
}

// uniqueIDs gives each subject an operationId that no other has: the plain name where it is free, else with the
// parameters, then the versions, that tell the paths apart, then a number. Only the set matters, not its order.
func uniqueIDs(subjects []nameSubject) []string {
	ids := make([]string, len(subjects))
	level := make([]int, len(subjects))
	for pass := 0; ; pass++ {
		groups := map[string][]int{}
		for i, n := range subjects {
			ids[i] = n.idAt(level[i])
			groups[strings.ToLower(ids[i])] = append(groups[strings.ToLower(ids[i])], i)
		}
		again := false
		for _, g := range groups {
			if len(g) == 1 {
				continue
			}
			for _, i := range g {
				if level[i] < 3 {
					level[i]++
					again = true
				}
			}
		}
		if !again {
			break
		}
	}
	return numbered(ids, subjects)
}

// idAt is the operationId, such as listUserOrders, with ever more of the path in it.
func (n nameSubject) idAt(level int) string {
	words := n.words()
	if level >= 1 {
		var by []string
		for _, s := range n.steps {
			for _, p := range s.params {
				by = append(by, noun.Words(p)...)
			}
		}
		if len(by) > 0 {
			words = append(append(words, "by"), by...)
		}
	}
	if level >= 2 {
		for _, s := range n.steps {
			if isVersion(s.literal) {
				words = append(words, noun.Words(s.literal)...)
			}
		}
	}
	if level >= 3 {
		words = append(noun.Words(n.method), words...)
	}
	return noun.Camel(words...)
}

func numbered(ids []string, subjects []nameSubject) []string {
	order := make([]int, len(ids))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(subjects[a].path(), subjects[b].path()) })
	used := map[string]bool{}
	for _, i := range order {
		id := ids[i]
		for k := 2; used[strings.ToLower(id)]; k++ {
			id = ids[i] + strconv.Itoa(k)
		}
		used[strings.ToLower(id)] = true
		ids[i] = id
	}
	return ids
}

func (n nameSubject) path() string {
	var b strings.Builder
	for _, s := range n.steps {
		b.WriteString("/" + s.literal)
		for _, p := range s.params {
			b.WriteString("{" + p + "}")
		}
	}
	return b.String() + n.variant.Fragment() + " " + n.method
}
