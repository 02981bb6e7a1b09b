package rules

import (
	"bytes"
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

// Bounds of a file of rules, which may come with a repository.
const (
	maxRules   = 1000
	maxBytes   = 1 << 20
	maxSize    = 5000   // instructions of a regular expression
	maxLinks   = 60_000 // of keywords: see link
	maxAlways  = 50     // rules without keywords, which run on every text
	ownPasses  = 2
	codePasses = 16
	userPasses = 1024
)

// The keywords are found by the hash of three bytes: five bits of each.
const (
	hashBits = 15
	hashMask = 1<<hashBits - 1
)

// Report counts the parts of a file that do not apply to traffic.
type Report struct {
	Rules   int  // that apply
	Extends bool // the rules of gitleaks itself, in whose place the built-in ones stand
}

// tomlFile is a file of rules in the form of gitleaks. Parts that do not apply to traffic are
// omitted: paths, commits and tags.
type tomlFile struct {
	Extend struct {
		Path, URL  string
		UseDefault bool
	}
	Rules []struct {
		ID, Description, Regex, Path string
		SecretGroup                  int
		Entropy                      float64
		Keywords                     []string
		Allowlist                    tomlAllowlist // of older files
		Allowlists                   []tomlAllowlist
	}
	Allowlist  tomlAllowlist // of older files
	Allowlists []tomlAllowlist
}

// withoutExamples drops the lines of the built-in table that are for tests and readers, which take
// half of the time to parse it.
func withoutExamples(data []byte) (kept []byte) {
	for line := range bytes.Lines(data) {
		if !bytes.HasPrefix(line, []byte("example")) && !bytes.HasPrefix(line, []byte("source")) {
			kept = append(kept, line...)
		}
	}
	return kept
}

// Load reads a file of rules in the form of gitleaks. Rules for the paths of files alone are
// skipped and counted. Rules that extend those of gitleaks are accepted, since the built-in formats
// apply anyway; a file that extends another is refused. A file has at most 1,000 rules and 1 MiB,
// and 50 rules without keywords. An error names the rule.
func Load(data []byte) (*Tokens, Report, error) { return load(data, false) }

func load(data []byte, isOwn bool) (t *Tokens, report Report, err error) {
	if len(data) > maxBytes {
		return nil, report, fmt.Errorf("rules: the file has %d bytes, more than %d", len(data), maxBytes)
	}
	if isOwn {
		data = withoutExamples(data)
	}
	var file tomlFile
	if err := toml.Unmarshal(data, &file); err != nil {
		return nil, report, fmt.Errorf("rules: %w", err)
	}
	if file.Extend.Path != "" || file.Extend.URL != "" {
		return nil, report, errors.New("rules: the file extends another one, which is not read: copy its rules into this file")
	}
	if len(file.Rules) > maxRules {
		return nil, report, fmt.Errorf("rules: the file has %d rules, more than %d", len(file.Rules), maxRules)
	}
	t = newTokens(userPasses)
	kind := userFormat
	if isOwn {
		t, kind = newTokens(ownPasses), tokenFormat
	}
	report.Extends = file.Extend.UseDefault
	if t.allowed, err = allowlists(append(file.Allowlists, file.Allowlist)); err != nil {
		return nil, report, fmt.Errorf("rules: allowlist: %w", err)
	}
	index := map[string]*keyword{}
	for i, r := range file.Rules {
		if r.Regex == "" && r.Path != "" {
			continue // it matches the paths of files only
		}
		f := &format{Rule: Rule{r.ID, r.Description}, expr: r.Regex, group: r.SecretGroup, entropy: r.Entropy, kind: kind}
		if f.ID == "" {
			f.ID = fmt.Sprintf("rule %d", i+1)
		}
		for _, k := range r.Keywords {
			if k != "" {
				f.keywords = append(f.keywords, strings.ToLower(k))
			}
		}
		if f.allowed, err = allowlists(append(r.Allowlists, r.Allowlist)); err == nil && !isOwn {
			err = f.check()
		}
		if err == nil {
			err = t.add(f, index)
		}
		if err != nil {
			return nil, report, fmt.Errorf("rules: rule %q: %w", f.ID, err)
		}
		report.Rules++
	}
	return t, report, nil
}

func newTokens(passes int) *Tokens {
	return &Tokens{links: make([]link, 1, 1<<10), heads: make([]uint16, 1<<hashBits), passes: passes}
}

// check checks the regular expression of a user's rule.
func (f *format) check() error {
	tree, s, err := parse(f.expr)
	switch {
	case err != nil:
		return err
	case s.min == 0:
		return errors.New("regex: matches the empty text")
	case f.group > tree.MaxCap():
		return fmt.Errorf("secretGroup: %d, but the regex has %d groups", f.group, tree.MaxCap())
	}
	return nil
}

// parse parses a regular expression of a file.
func parse(expr string) (*syntax.Regexp, shape, error) {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, shape{}, fmt.Errorf("regex: %w", err)
	}
	s := shapeOf(tree)
	if s.size > maxSize {
		err = fmt.Errorf("regex: has about %d states, more than %d: lower its repetitions", s.size, maxSize)
	}
	return tree, s, err
}

// add adds a format. index has the keywords so far.
func (t *Tokens) add(f *format, index map[string]*keyword) error {
	f.program = sync.OnceValue(f.compile)
	if len(f.keywords) == 0 {
		if t.always = append(t.always, f); len(t.always) > maxAlways {
			return fmt.Errorf("has no keywords, like %d others: add some, so that it does not run on every text", maxAlways)
		}
	}
	for _, text := range f.keywords {
		k := index[text]
		if k == nil {
			k = &keyword{text: text}
			index[text] = k
			t.link(k)
		}
		if !slices.Contains(k.formats, f) {
			k.formats = append(k.formats, f)
		}
	}
	if len(t.links) > maxLinks {
		return errors.New("the keywords of the file are too many or too short")
	}
	return nil
}

// link adds a keyword to the table of hashes. One that is shorter than three bytes stands there for
// every byte that may follow it.
func (t *Tokens) link(k *keyword) {
	free, hash := hashBits, uint32(0)
	for i := range min(3, len(k.text)) {
		free -= 5
		hash |= uint32(k.text[i]&31) << free
	}
	for rest := range uint32(1) << free {
		if len(t.links) <= maxLinks {
			t.links = append(t.links, link{k, t.heads[hash|rest]})
			t.heads[hash|rest] = uint16(len(t.links) - 1)
		}
	}
}
