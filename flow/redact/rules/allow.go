package rules

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// allowlist excludes matches that are not secrets.
type allowlist struct {
	regexes   []*regexp.Regexp
	stopWords []string // in lower case
	target    string   // the text that the regular expressions match: the secret, the match or the line
	isAll     bool     // both must apply
	rules     []string // whose secrets they are, or all
}

// tomlAllowlist is an allowlist of a file. Traffic has no paths and commits: a list that needs one
// never applies.
type tomlAllowlist struct {
	Condition, RegexTarget                          string
	Regexes, StopWords, Paths, Commits, TargetRules []string
}

// maxLine bounds the part of a line that is checked on each side of a match, in bytes.
const maxLine = 1 << 10

// allowlists compiles the lists that may apply.
func allowlists(lists []tomlAllowlist) (all []allowlist, err error) {
	for _, l := range lists {
		a := allowlist{target: l.RegexTarget, isAll: strings.EqualFold(l.Condition, "and") || l.Condition == "&&", rules: l.TargetRules}
		if a.isAll && len(l.Paths)+len(l.Commits) > 0 {
			continue
		}
		for _, expr := range l.Regexes {
			if _, _, err := parse(expr); err != nil {
				return nil, fmt.Errorf("allowlist: %w", err)
			}
			a.regexes = append(a.regexes, regexp.MustCompile(expr))
		}
		for _, w := range l.StopWords {
			if w == "" {
				return nil, errors.New("allowlist: an empty stopword allows everything")
			}
			a.stopWords = append(a.stopWords, strings.ToLower(w))
		}
		if len(a.regexes)+len(a.stopWords) > 0 {
			all = append(all, a)
		}
	}
	return all, nil
}

// allows reports whether the secret in the match text[start:end] is allowed, and so not a secret.
func (a *allowlist) allows(id, text string, start, end int, secret string) bool {
	if len(a.rules) > 0 && !slices.Contains(a.rules, id) {
		return false
	}
	target := secret
	switch a.target {
	case "match":
		target = text[start:end]
	case "line":
		from, to := max(0, start-maxLine), min(len(text), end+maxLine)
		from += strings.LastIndexByte(text[from:start], '\n') + 1
		if n := strings.IndexByte(text[end:to], '\n'); n >= 0 {
			to = end + n
		}
		target = text[from:to]
	}
	byRegex := slices.ContainsFunc(a.regexes, func(re *regexp.Regexp) bool { return re.MatchString(target) })
	low := strings.ToLower(secret)
	byWord := slices.ContainsFunc(a.stopWords, func(w string) bool { return strings.Contains(low, w) })
	if a.isAll {
		return (byRegex || len(a.regexes) == 0) && (byWord || len(a.stopWords) == 0)
	}
	return byRegex || byWord
}
