package redact

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/flow/redact/scan"
)

// Rule is a user's rule. Exactly one of its fields is set; see [Compile].
type Rule struct {
	// Header is the name of a header whose values are redacted.
	Header string `yaml:"header"`
	// JSON is the path of values in JSON bodies: $.user.name, $.items[*].note, $..ssn. Everything
	// below is redacted as well.
	JSON string `yaml:"json"`
	// Name is the name of a query, form, cookie or JSON value. Case does not matter.
	Name string `yaml:"name"`
	// Regexp is a regular expression (RE2) for text anywhere. If it has a group, only the text of
	// the group is redacted.
	Regexp string `yaml:"regexp"`
	// Gitleaks is a file of rules in the form of gitleaks, for text anywhere. It is relative to the
	// configuration file.
	Gitleaks string `yaml:"gitleaks"`
	// Content is that of the file, which the caller of [Compile] reads.
	Content []byte `yaml:"-"`
}

// Rules are compiled rules. The zero value has none.
type Rules struct{ ruleSet }

type ruleSet struct {
	headers map[string]bool
	names   map[string]bool
	paths   []rules.Path
	regexps []*regexp.Regexp
	size    int           // bytes of the regular expressions
	formats *rules.Tokens // of a file of gitleaks, or nil
}

// Bounds of the regular expressions of rules, which may come with a repository and run over every
// text that is shown.
const (
	maxRegexps     = 50
	maxRegexpBytes = 8 << 10 // of all together
)

// Compile compiles rules. An error names the first invalid one.
func Compile(list []Rule) (Rules, error) {
	rs := Rules{ruleSet{headers: map[string]bool{}, names: map[string]bool{}}}
	for i, r := range list {
		if err := rs.add(r); err != nil {
			return Rules{}, fmt.Errorf("redact: rule %d: %w", i+1, err)
		}
	}
	return rs, nil
}

// add compiles one rule.
func (rs *ruleSet) add(r Rule) error {
	fields := []string{r.Header, r.JSON, r.Name, r.Regexp, r.Gitleaks}
	if len(slices.DeleteFunc(fields, func(s string) bool { return s == "" })) != 1 {
		return errors.New("must have one of header, json, name, regexp and gitleaks")
	}
	switch {
	case r.Header != "":
		rs.headers[strings.ToLower(r.Header)] = true
	case r.JSON != "":
		p, err := rules.ParsePath(r.JSON)
		if err != nil {
			return fmt.Errorf("json %q: %w", r.JSON, err)
		}
		rs.paths = append(rs.paths, p)
	case r.Name != "":
		rs.names[strings.ToLower(r.Name)] = true
		rs.paths = append(rs.paths, rules.AnyDepth(r.Name))
	case r.Gitleaks != "":
		if rs.formats != nil {
			return fmt.Errorf("gitleaks %q: only one such file is allowed: join them", r.Gitleaks)
		}
		formats, report, err := rules.Load(r.Content)
		switch {
		case err != nil:
			return fmt.Errorf("gitleaks %q: %w", r.Gitleaks, err)
		case report.Rules == 0 && !report.Extends:
			return fmt.Errorf("gitleaks %q: the file has no rule with a regex", r.Gitleaks)
		}
		rs.formats = formats
	default:
		re, err := regexp.Compile(r.Regexp)
		if err != nil {
			return fmt.Errorf("regexp %q: %w", r.Regexp, err)
		}
		if re.MatchString("") {
			return fmt.Errorf("regexp %q: matches the empty text", r.Regexp)
		}
		rs.size += len(r.Regexp)
		if rs.regexps = append(rs.regexps, re); len(rs.regexps) > maxRegexps || rs.size > maxRegexpBytes {
			return fmt.Errorf("regexp %q: at most %d regular expressions are allowed, of %d bytes together: join some with |",
				r.Regexp, maxRegexps, maxRegexpBytes)
		}
	}
	return nil
}

// Hides reports whether the rules hide a value by the name of its header, parameter or member, or
// by its text, if that is not "". A rule with a JSON path counts by its last name.
func (rs *ruleSet) Hides(name, text string) bool {
	low := strings.ToLower(name)
	if rs.headers[low] {
		return true
	}
	if slices.ContainsFunc(rs.paths, func(p rules.Path) bool { return p.EndsIn(low) }) {
		return true
	}
	for _, re := range rs.regexps {
		if text != "" && re.MatchString(text) {
			return true
		}
	}
	return len(rs.find(name, text)) > 0
}

func (rs *ruleSet) hasRegexps() bool { return len(rs.regexps) > 0 || rs.formats != nil }

// class returns the class of the name of a value, including the user's rules.
func (rs *ruleSet) class(name string) rules.Class {
	if len(rs.names) > 0 && rs.names[strings.ToLower(name)] {
		return rules.Secret
	}
	return rules.ClassOf(name)
}

// selected returns the nodes of a tree that a rule with a path selects, with all within them.
func (rs *ruleSet) selected(t *scan.Tree) map[int32]bool {
	if len(rs.paths) == 0 {
		return nil
	}
	all := map[int32]bool{}
	var within func(i int32, path []string)
	within = func(i int32, path []string) {
		index := 0
		for k := range t.Within(i) {
			element := strings.ToLower(t.NameOf(k))
			if t.Nodes[i].Kind == scan.Array {
				element = strconv.Itoa(index)
				index++
			}
			path := append(path, element)
			if all[i] || slices.ContainsFunc(rs.paths, func(p rules.Path) bool { return p.Selects(path) }) {
				all[k] = true
			}
			within(k, path)
		}
	}
	for text := range t.Within(0) {
		within(text, nil)
	}
	return all
}

// find returns what the formats of the user find in a value outside placeholders. They see it
// behind its name, as in source code: many formats of gitleaks begin with the name of a service.
func (rs *ruleSet) find(name, s string) (found []span) {
	if rs.formats == nil || s == "" {
		return nil
	}
	text, at := s, 0
	if name != "" {
		text, at = `"`+name+`": "`+s+`"`, len(`"": "`)+len(name)
	}
	for _, m := range rs.formats.Find(nil, text) {
		start, end := max(m.Start-at, 0), min(m.End-at, len(s))
		if start >= end {
			continue
		}
		if _, n := mark.Around(s, start, end); n == 0 {
			found = append(found, span{start: start, end: end, why: why{m.Rule, ""}})
		}
	}
	return found
}

// text applies the regular expressions and formats outside placeholders.
func (rs *ruleSet) text(r *Redactor, s string) string {
	f := finder{s: s, spans: rs.find("", s)}
	for _, re := range rs.regexps {
		f.why = why{userText, re.String()}
		for _, m := range re.FindAllStringSubmatchIndex(s, -1) {
			if len(m) > 2 && m[2] >= 0 {
				m = m[2:]
			}
			f.add(m[0], m[1], "")
		}
	}
	return r.replaceSpans(s, f.settle())
}
