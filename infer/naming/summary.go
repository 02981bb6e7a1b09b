package naming

import (
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// Summary returns the name of the operation as a sentence: "List the orders of a user".
func (o Operation) Summary() string {
	switch {
	case o.Variant.IsBatch():
		return o.Variant.Kind + ": several calls in one request"
	case o.Variant.Name != "":
		return o.Variant.Kind + " " + o.Variant.Name
	}
	o.Segments = joinQualifiers(o.Segments)
	verb, subject, action := o.verbAndSubject()
	i := o.subjectIndex()
	if i < 0 {
		return capitalize(verb) + " the root"
	}
	owner := o.ownerPhrase(i)
	text := strings.Join(append(o.qualifier(i), subject...), " ")
	switch {
	case action && owner == "" && text != strings.Join(subject, " "): // Search customers
		return capitalize(strings.Join(append(subject, literalWords(o.Segments[i-1].Literal, false)...), " "))
	case action && owner != "":
		return capitalize(text) + strings.Replace(owner, " of ", " ", 1)
	case action:
		return capitalize(text)
	case verb == "list", i == len(o.Segments)-1 && verb != "create":
		return capitalize(verb) + " the " + text + owner
	}
	return capitalize(verb) + " " + withArticle(text) + owner
}

// ownerPhrase returns what the subject at segment i belongs to, as " of a user": the nearest
// literal above it with a parameter.
func (o Operation) ownerPhrase(i int) string {
	for j := i - 1; j >= 0; j-- {
		switch l := o.Segments[j].Literal; {
		case o.Segments[j].isCurrent:
			return " of the " + strings.Join(literalWords(l, false), " ")
		case l != "" && o.Segments[j+1].Literal == "":
			return " of " + withArticle(strings.Join(literalWords(l, true), " "))
		}
	}
	return ""
}

// qualifier returns the words of the literal directly above the subject: "cart" in /cart/items.
func (o Operation) qualifier(i int) []string {
	if i == 0 {
		return nil
	}
	l := o.Segments[i-1].Literal
	if l == "" || o.Segments[i-1].isCurrent || IsVersion(l) {
		return nil
	}
	return adjunct(l)
}

// adjunct returns the words of a literal before the noun that it qualifies. They are in the
// singular, except for nouns that are rarely used in it.
func adjunct(literal string) []string {
	words := noun.Words(literal)
	if len(words) == 0 {
		return literalWords(literal, false)
	}
	switch words[len(words)-1] {
	case "settings", "preferences", "options", "stats", "statistics", "analytics", "metrics":
		return words
	}
	return literalWords(literal, true)
}

// withArticle returns a text with "a" or "an" before it. "u" sounds like a consonant if one
// consonant and a vowel follow: a user, but an upload.
func withArticle(text string) string {
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
