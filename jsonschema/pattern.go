package jsonschema

import (
	"hash/maphash"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dlclark/regexp2"
	engine "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/spectap/spectap/internal/lazyregexp"
)

const (
	// matchTimeout bounds one match of the engine that backtracks: both pattern and text come from
	// others. A pattern that needed longer maxSlow times gets slowTimeout after that.
	matchTimeout = 100 * time.Millisecond
	slowTimeout  = 5 * time.Millisecond
	maxSlow      = 3
	// maxLinear bounds a match of the linear engine, which cannot be interrupted: the instructions
	// times the bytes, some 100 ms.
	maxLinear = 2 << 20
)

// CompilePattern returns an error when a pattern is not a regular expression of ECMA-262.
func CompilePattern(pattern string) error {
	_, err := compileRegexp(pattern)
	return err
}

// compileRegexp compiles a pattern as ECMA-262 does with the u flag, which JSON Schema 2020-12 asks
// for (core, section 6.4).
func compileRegexp(pattern string) (engine.Regexp, error) {
	r := &ecmaRegexp{pattern: pattern}
	compile := func(limit time.Duration) (*regexp2.Regexp, error) {
		re, err := regexp2.Compile(engineProperties(pattern), regexp2.ECMAScript|regexp2.Unicode)
		if err == nil {
			re.MatchTimeout = limit
		}
		return re, err
	}
	finerClock()
	var err error
	if r.re, err = compile(matchTimeout); err != nil {
		return nil, err
	}
	r.hurried = sync.OnceValue(func() *regexp2.Regexp {
		re, _ := compile(slowTimeout) // it was compiled before
		return re
	})
	return r, nil
}

// finerClock lets the engine end matches that take less than its clock's 100 ms.
var finerClock = sync.OnceFunc(func() { regexp2.SetTimeoutCheckPeriod(slowTimeout) })

// ecmaRegexp is a regular expression with a time limit. Text that it cannot match in time does not
// match.
type ecmaRegexp struct {
	pattern string // as the schema has it

	once   sync.Once
	linear *regexp.Regexp // for the same language, or nil
	size   int            // of linear, in instructions

	re      *regexp2.Regexp
	hurried func() *regexp2.Regexp
	slow    atomic.Int32  // texts that were not matched in time
	late    atomic.Uint64 // the hash of the last one, which a validation matches several times
}

func (r *ecmaRegexp) String() string { return r.pattern }

func (r *ecmaRegexp) MatchString(s string) bool {
	ok, _ := r.match(s)
	return ok
}

// match is MatchString that also reports whether the text could not be matched in time.
func (r *ecmaRegexp) match(s string) (ok, isLate bool) {
	r.once.Do(func() { r.linear, r.size = linearRegexp(r.pattern) })
	if r.linear != nil && r.size*len(s) <= maxLinear {
		return r.linear.MatchString(s), false
	}
	hash := maphash.String(seed, s)
	if r.late.Load() == hash {
		return false, true
	}
	re := r.re
	if r.slow.Load() >= maxSlow {
		re = r.hurried()
	}
	ok, err := re.MatchString(s)
	if err != nil {
		r.slow.Add(1)
		r.late.Store(hash)
	}
	return ok && err == nil, err != nil
}

var seed = maphash.MakeSeed()

var (
	// patternTokens match the constructs of a pattern: a class, an escape, the beginning of a
	// group, or a character.
	patternTokens = lazyregexp.New(`(?s)\[(?:[^\]\\]|\\.)*\]|\\(?:u\{[^}]*\}|u.{4}|p\{[^}]*\}|.)|\(\?(?:<?[=!]|<[^>]*>|.)?|.`)
	// sameEscapes and sameClasses match those with the same meaning in Go's syntax.
	sameEscapes = lazyregexp.New(`^\\(?:[dDwWbBnrtfv\\^$.*+?()\[\]{}|/-]|p\{[A-Z][a-z]?\})$`)
	sameClasses = lazyregexp.New(`^\[\^?(?:[^\\\[\]^]|\\[dDwWnrtfv\\^$.*+?()\[\]{}|/-])(?:[^\\\[\]]|\\[dDwWnrtfv\\^$.*+?()\[\]{}|/-])*\]$`)
)

// spaces are the characters of \s in ECMA-262, within a class of Go's syntax.
const spaces = `\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}`

// linearRegexp returns a regular expression of Go for the language of a pattern, whose matches take
// linear time, and its size. It returns nil for a pattern with constructs that Go does not know,
// such as lookarounds and back references, or that are rare.
func linearRegexp(pattern string) (re *regexp.Regexp, size int) {
	isLinear := true
	out := patternTokens.Get().ReplaceAllStringFunc(pattern, func(t string) string {
		switch {
		case t == ".":
			return `[^\n\r\x{2028}\x{2029}]`
		case t == "(", strings.HasPrefix(t, "(?<") && strings.HasSuffix(t, ">"):
			return "(?:"
		case t == `\s`:
			return "[" + spaces + "]"
		case t == `\S`:
			return "[^" + spaces + "]"
		case t[0] == '[' && len(t) > 1:
			isLinear = isLinear && sameClasses.MatchString(strings.ReplaceAll(t, `\s`, " ")) && !strings.Contains(t, `\\s`)
			return strings.ReplaceAll(t, `\s`, spaces)
		case t[0] == '\\':
			isLinear = isLinear && sameEscapes.MatchString(t)
		case t[0] == '(', t == "[", t == "]":
			isLinear = isLinear && t == "(?:"
		}
		return t
	})
	if !isLinear {
		return nil, 0
	}
	parsed, err := syntax.Parse(out, syntax.Perl)
	if err != nil {
		return nil, 0
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, 0
	}
	re, err = regexp.Compile(out)
	if err != nil {
		return nil, 0
	}
	return re, len(program.Inst)
}
