package infer

import (
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/schema"
)

// spelling has the words of what paths write as one. A path says customresourcedefinitions where bodies, and so a
// component, say CustomResourceDefinition.
type spelling map[string][]string

// spellingOf learns from the names of components, and of what they are for: a PodTemplateList is of PodTemplates.
func spellingOf(components []schema.Component) spelling {
	s := spelling{}
	for _, c := range components {
		for words := noun.Words(c.Name); len(words) > 1; words = words[:len(words)-1] {
			if key := strings.Join(words, ""); s[key] == nil {
				s[key] = words
			}
		}
	}
	return s
}

// steps are those of a path as one speaks of them.
func (s spelling) steps(steps []step) []step {
	out := slices.Clone(steps)
	for i := range out {
		out[i].literal = s.apart(out[i].literal)
	}
	return out
}

// isAPI says whether a segment tells that an API follows, and nothing of what it is about.
func isAPI(steps []step, i int) bool {
	switch strings.ToLower(strings.TrimLeft(steps[i].literal, "_")) {
	case "api":
		return true
	case "apis": // else a list of them
		return i+1 < len(steps) && steps[i+1].literal != ""
	}
	return false
}

// withoutDomain leaves out whose a group of resources is: of billing.example.org what is left is billing.
func withoutDomain(literal string) string {
	domain, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(literal))
	if err != nil || len(domain) == len(literal) {
		return literal
	}
	if suffix, icann := publicsuffix.PublicSuffix(domain); !icann && !strings.Contains(suffix, ".") {
		return literal // of nobody: a file's name
	}
	return literal[:len(literal)-len(domain)-1]
}

// apart writes the words of a literal apart, the last in the plural if it was.
func (s spelling) apart(literal string) string {
	words := noun.Words(literal)
	if len(words) != 1 {
		return literal
	}
	known := s[words[0]]
	if one := noun.Singular(words[0]); known == nil && s[one] != nil {
		known = slices.Clone(s[one])
		known[len(known)-1] = noun.Plural(known[len(known)-1])
	}
	if known == nil {
		return literal
	}
	return strings.Join(known, "-")
}
