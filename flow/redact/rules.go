package redact

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/spectap/spectap/flow/redact/jsonpath"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/names"
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
}

// Rules are compiled rules. The zero value has none.
type Rules struct{ ruleSet }

type ruleSet struct {
	headers map[string]bool
	names   map[string]bool
	paths   []jsonpath.Path
	regexps []*regexp.Regexp
}

// Compile compiles rules. An error names the first invalid one.
func Compile(rules []Rule) (Rules, error) {
	rs := Rules{ruleSet{headers: map[string]bool{}, names: map[string]bool{}}}
	for i, r := range rules {
		if err := rs.add(r); err != nil {
			return Rules{}, fmt.Errorf("redact: rule %d: %w", i+1, err)
		}
	}
	return rs, nil
}

// add compiles one rule.
func (rs *ruleSet) add(r Rule) error {
	n := 0
	for _, s := range []string{r.Header, r.JSON, r.Name, r.Regexp} {
		if s != "" {
			n++
		}
	}
	if n != 1 {
		return errors.New("must have one of header, json, name and regexp")
	}
	switch {
	case r.Header != "":
		rs.headers[strings.ToLower(r.Header)] = true
	case r.JSON != "":
		p, err := jsonpath.Parse(r.JSON)
		if err != nil {
			return fmt.Errorf("json %q: %w", r.JSON, err)
		}
		rs.paths = append(rs.paths, p)
	case r.Name != "":
		rs.names[strings.ToLower(r.Name)] = true
		rs.paths = append(rs.paths, jsonpath.AnyDepth(r.Name))
	default:
		re, err := regexp.Compile(r.Regexp)
		if err != nil {
			return fmt.Errorf("regexp %q: %w", r.Regexp, err)
		}
		if re.MatchString("") {
			return fmt.Errorf("regexp %q: matches the empty text", r.Regexp)
		}
		rs.regexps = append(rs.regexps, re)
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
	for _, p := range rs.paths {
		if p.EndsIn(low) {
			return true
		}
	}
	for _, re := range rs.regexps {
		if text != "" && re.MatchString(text) {
			return true
		}
	}
	return false
}

func (rs *ruleSet) hasPaths() bool   { return len(rs.paths) > 0 }
func (rs *ruleSet) hasRegexps() bool { return len(rs.regexps) > 0 }

// sensitivity returns the sensitivity of the name of a query, form or cookie value, including the
// user's rules.
func (rs *ruleSet) sensitivity(name string) names.Sensitivity {
	if len(rs.names) > 0 && rs.names[strings.ToLower(name)] {
		return names.Secret
	}
	return names.SensitivityOf(name)
}

// text applies the regular expressions outside placeholders.
func (rs *ruleSet) text(r *Redactor, s string) string {
	for _, re := range rs.regexps {
		var b strings.Builder
		from := 0
		for from < len(s) { // the empty text has no match
			m := re.FindStringSubmatchIndex(s[from:])
			if m == nil {
				break
			}
			start, end := m[0], m[1]
			if len(m) > 2 && m[2] >= 0 {
				start, end = m[2], m[3]
			}
			start, end = start+from, end+from
			if k, n := mark.Around(s, start, end); n > 0 || end == start {
				next := max(k+n, end, from+1)
				b.WriteString(s[from:next])
				from = next
				continue
			}
			b.WriteString(s[from:start])
			b.WriteString(r.placeholder(s[start:end]))
			from = end
		}
		s = b.String() + s[from:]
	}
	return s
}
