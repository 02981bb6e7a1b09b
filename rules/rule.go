package rules

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/http/httpguts"

	"github.com/spectap/spectap/flow"
)

// What a rule does.
const (
	// InjectHeader sets the header Key to Value, in the place of what it was.
	InjectHeader = "inject_header"
	// ReplaceBody replaces what SearchPattern finds by Value, in which \1 to \9 stand for the groups of the pattern,
	// \0 for all of it and \\ for a backslash.
	ReplaceBody = "replace_body"
	// Block answers a request with 403 in the place of the upstream, or with the phase Response withholds the answer.
	Block = "block"
)

// When a rule applies.
const (
	Request  = "request"  // on the way to the upstream
	Response = "response" // on the way back
)

// Actions and Phases list the constants above.
func Actions() []string { return []string{InjectHeader, ReplaceBody, Block} }
func Phases() []string  { return []string{Request, Response} }

// Rule is one rule. The zero value is none: see Check.
type Rule struct {
	// ID is its name, of printable characters.
	ID string `json:"id"`
	// Action is one of InjectHeader, ReplaceBody and Block.
	Action string `json:"action"`
	// URLPattern selects requests by their URL; "" is any.
	URLPattern string `json:"url_pattern,omitempty"`
	// Method selects requests by their method, which is case-sensitive (RFC 9110, section 9.1); "" is any.
	Method string `json:"method,omitempty"`
	// Key is the header's name, for InjectHeader.
	Key string `json:"key,omitempty"`
	// Value is the header's value, or what takes the place of what was found.
	Value string `json:"value,omitempty"`
	// SearchPattern is for ReplaceBody.
	SearchPattern string `json:"search_pattern,omitempty"`
	// Phase is Request or Response.
	Phase string `json:"phase"`
}

// Bounds of a rule.
const (
	maxID      = 100
	maxMethod  = 40
	maxPattern = 1000 // bytes
	maxProgram = 1000 // instructions: "(a{100}){10}" is short, and its program is not
	maxKey     = 200
	maxHeader  = 8 << 10 // bytes of a header's value
	maxValue   = 64 << 10
)

// Check names all mistakes in a rule, nil for none. It quotes no value.
func (r Rule) Check() error {
	var all []error
	wrong := func(format string, args ...any) { all = append(all, fmt.Errorf(format, args...)) }
	if r.ID == "" || len(r.ID) > maxID || strings.ContainsFunc(r.ID, func(c rune) bool { return !unicode.IsPrint(c) || c == unicode.ReplacementChar }) {
		wrong("the id must be 1 to %d bytes of printable text", maxID)
	}
	if !slices.Contains(Actions(), r.Action) {
		wrong("the action must be one of %s", strings.Join(Actions(), ", "))
	}
	if !slices.Contains(Phases(), r.Phase) {
		wrong("the phase must be one of %s", strings.Join(Phases(), ", "))
	}
	if r.Method != "" && (len(r.Method) > maxMethod || !httpguts.ValidHeaderFieldName(r.Method)) { // both are tokens
		wrong("the method must be a token of at most %d bytes", maxMethod)
	}
	if _, err := compile(r.URLPattern); err != nil {
		wrong("the URL pattern %w", err)
	}
	all = append(all, r.checkAction()...)
	return errors.Join(all...)
}

// checkAction checks the fields that belong to one action.
func (r Rule) checkAction() (all []error) {
	wrong := func(format string, args ...any) { all = append(all, fmt.Errorf(format, args...)) }
	if r.Action == InjectHeader {
		if err := checkHeader(r.Key, r.Value); err != nil {
			all = append(all, err)
		}
	} else if r.Key != "" {
		wrong("a key is for %s alone", InjectHeader)
	}
	if r.Action == ReplaceBody {
		switch p, err := compile(r.SearchPattern); {
		case r.SearchPattern == "":
			wrong("%s needs a search pattern", ReplaceBody)
		case err != nil:
			wrong("the search pattern %w", err)
		default:
			for _, part := range parseTemplate(r.Value) {
				if part.group > p.NumSubexp() {
					wrong("the value refers to group %d of a search pattern that has %d", part.group, p.NumSubexp())
				}
			}
		}
		if len(r.Value) > maxValue {
			wrong("the value must be at most %d bytes", maxValue)
		}
	} else if r.SearchPattern != "" {
		wrong("a search pattern is for %s alone", ReplaceBody)
	}
	if r.Action == Block && r.Value != "" {
		wrong("%s takes no value", Block)
	}
	return all
}

// ownHeaders are those that a proxy needs for itself, beside those that every transport does.
var ownHeaders = [...]string{"content-encoding", "content-range", "alt-svc", "http2-settings"}

func checkHeader(name, value string) error {
	switch lower := strings.ToLower(name); {
	case name == "":
		return fmt.Errorf("%s needs a key, the header's name", InjectHeader)
	case len(name) > maxKey:
		return fmt.Errorf("the key must be at most %d bytes", maxKey)
	case len(value) > maxHeader:
		return fmt.Errorf("the value must be at most %d bytes", maxHeader)
	case value == "":
		return fmt.Errorf("%s needs a value", InjectHeader)
	case slices.Contains(ownHeaders[:], lower) || strings.HasPrefix(lower, "sec-websocket-"):
		return fmt.Errorf("the key is a header that the proxy makes: %s", lower)
	}
	if err := flow.CheckHeader(name, value); err != nil {
		return fmt.Errorf("header is not allowed: %w", err)
	}
	return nil
}

// pattern is a regular expression and the size of its program.
type pattern struct {
	*regexp.Regexp
	size int
}

// compile compiles a pattern; "" matches everything. The error completes a sentence that begins with its name.
func compile(s string) (pattern, error) {
	if len(s) > maxPattern {
		return pattern{}, fmt.Errorf("must be at most %d bytes", maxPattern)
	}
	tree, err := syntax.Parse(s, syntax.Perl)
	var fault *syntax.Error
	if errors.As(err, &fault) {
		return pattern{}, fmt.Errorf("is not a regular expression (RE2): %s", fault.Code)
	}
	if err != nil {
		return pattern{}, errors.New("is not a regular expression (RE2)")
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil || len(prog.Inst) > maxProgram {
		return pattern{}, errors.New("is too costly: it has too many or too large repetitions")
	}
	re, err := regexp.Compile(s)
	if err != nil {
		return pattern{}, errors.New("is not a regular expression (RE2)")
	}
	return pattern{re, len(prog.Inst)}, nil
}

// maxWork bounds the steps that one search may take: RE2 takes at most one for each instruction and byte. It is some
// seconds in the worst case, and milliseconds in the usual one.
const maxWork = 1 << 28

// affordable says whether a search in so many bytes keeps to maxWork.
func (p pattern) affordable(n int) bool { return n <= maxWork/max(p.size, 1) }
