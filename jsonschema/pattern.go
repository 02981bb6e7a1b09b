package jsonschema

import (
	"time"

	"github.com/dlclark/regexp2"
	engine "github.com/santhosh-tekuri/jsonschema/v6"
)

// matchTimeout bounds one match: the engine backtracks, and both pattern and text come from others.
const matchTimeout = 100 * time.Millisecond

// CompilePattern returns an error when a pattern is not a regular expression of ECMA-262.
func CompilePattern(pattern string) error {
	_, err := compileRegexp(pattern)
	return err
}

// compileRegexp compiles a pattern as ECMA-262 does with the u flag, which JSON Schema 2020-12 asks
// for (core, section 6.4).
func compileRegexp(pattern string) (engine.Regexp, error) {
	re, err := regexp2.Compile(engineProperties(pattern), regexp2.ECMAScript|regexp2.Unicode)
	if err != nil {
		return nil, err
	}
	re.MatchTimeout = matchTimeout
	return ecmaRegexp{re: re, pattern: pattern}, nil
}

// ecmaRegexp is a regular expression with a time limit. Text that it cannot match within
// [matchTimeout] does not match.
type ecmaRegexp struct {
	re      *regexp2.Regexp
	pattern string // as the schema has it
}

func (r ecmaRegexp) String() string { return r.pattern }

func (r ecmaRegexp) MatchString(s string) bool {
	ok, err := r.re.MatchString(s)
	return ok && err == nil
}
