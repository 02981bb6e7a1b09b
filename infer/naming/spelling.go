package naming

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// Spelling maps words that paths join to their parts. A path has customresourcedefinitions where
// bodies, and so a component, have CustomResourceDefinition.
type Spelling map[string][]string

// NewSpelling learns from the names of components, and from their prefixes: PodTemplateList also
// gives PodTemplate. Words that are one in the vocabulary stay one.
func NewSpelling(components []string, v *Vocabulary) Spelling {
	s := Spelling{}
	for _, name := range components {
		for words := v.Words(name); len(words) > 1; words = words[:len(words)-1] {
			if key := strings.Join(words, ""); s[key] == nil {
				s[key] = words
			}
		}
	}
	return s
}

// Apply returns a copy of the segments with the words of each literal separated by "-".
func (s Spelling) Apply(segments []Segment) []Segment {
	out := slices.Clone(segments)
	for i := range out {
		out[i].Literal = s.split(out[i].Literal)
	}
	return out
}

// split separates the words of a literal. The last stays in the plural.
func (s Spelling) split(literal string) string {
	words := noun.Words(literal)
	if len(words) != 1 {
		return literal
	}
	split := s[words[0]]
	if one := noun.Singular(words[0]); split == nil && s[one] != nil {
		split = slices.Clone(s[one])
		split[len(split)-1] = noun.Plural(split[len(split)-1])
	}
	if split == nil && literal == strings.ToLower(literal) {
		if split = noun.SplitEnglish(words[0]); isCompound(split) {
			return literal
		} else if split == nil {
			split = splitAcronym(words[0])
		}
	}
	if split == nil {
		return literal
	}
	return strings.Join(split, "-")
}

// isCompound reports whether two words are written as one in English, too: a noun and an activity
// (matchmaking), a noun and an adverb (playthroughs), or parts that are no words alone
// (discoverable, subaccounts).
func isCompound(words []string) bool {
	if len(words) != 2 {
		return false
	}
	switch last := noun.Singular(words[1]); last {
	case "through", "over", "down", "off", "out", "back", "away", "up", "able":
		return true
	default:
		return words[0] == "sub" || strings.HasSuffix(last, "ing")
	}
}

// leadingAcronyms are acronyms that begin joined words and no English ones.
var leadingAcronyms = strings.Fields("api ip dns http https ssh ssl tls vpc vpn vm vlan url sms sql sso oauth oidc saml jwt acl iam cdn")

// splitAcronym splits a word into an acronym and an English word: apiservices. It returns nil for
// other words.
func splitAcronym(word string) []string {
	for _, a := range leadingAcronyms {
		if rest, ok := strings.CutPrefix(word, a); ok && len(rest) > 3 && noun.IsEnglishWord(rest) && !noun.IsEnglishWord(word) {
			return []string{a, rest}
		}
	}
	return nil
}
