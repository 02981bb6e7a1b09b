package rules

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/net/http/httpguts"

	"github.com/spectap/spectap/flow"
)

// The actions of rules.
const (
	// InjectHeader sets the header Key to Value and removes its other values.
	InjectHeader = "inject_header"
	// ReplaceBody replaces each match of SearchPattern by Value, where \1 to \9 are the groups of
	// the pattern, \0 is the whole match and \\ a backslash.
	ReplaceBody = "replace_body"
	// Block answers a request with 403 before it is sent, or in the phase Response replaces the
	// response by 403.
	Block = "block"
)

// The phases of an exchange.
const (
	Request  = "request"  // on the way to the upstream
	Response = "response" // on the way back
)

// Actions returns all actions.
func Actions() []string { return []string{InjectHeader, ReplaceBody, Block} }

// Phases returns all phases.
func Phases() []string { return []string{Request, Response} }

// Rule is one rule. The zero value is not valid: see [Rule.Check].
type Rule struct {
	// ID is its name: printable text.
	ID string `json:"id"`
	// Action is one of InjectHeader, ReplaceBody and Block.
	Action string `json:"action"`
	// URLPattern selects requests by URL; "" selects all.
	URLPattern string `json:"url_pattern,omitempty"`
	// Method selects requests by method; "" selects all. Methods are case-sensitive (RFC 9110,
	// section 9.1).
	Method string `json:"method,omitempty"`
	// Key is the name of the header, for InjectHeader.
	Key string `json:"key,omitempty"`
	// Value is the value of the header, or what replaces a match.
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

// Check returns all mistakes in a rule, joined, or nil. The errors do not show values.
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

// checkAction checks the fields of the action, and that those of other actions are empty.
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
			for _, t := range parseReplacement(r.Value) {
				if t.group > p.NumSubexp() {
					wrong("the value refers to group %d of a search pattern that has %d", t.group, p.NumSubexp())
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

// rangeHeaders ask for a piece of a response, such as one without the names of its values.
var rangeHeaders = [...]string{"range", "if-range"}

// proxyHeaders are headers that the proxy writes, beside those of [flow.IsTransportHeader].
var proxyHeaders = [...]string{"content-encoding", "content-range", "alt-svc", "http2-settings"}

// checkHeader checks Key and Value of InjectHeader.
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
	case slices.Contains(proxyHeaders[:], lower) || strings.HasPrefix(lower, "sec-websocket-"):
		return fmt.Errorf("the key is a header that the proxy makes: %s", lower)
	case slices.Contains(rangeHeaders[:], lower):
		return fmt.Errorf("the key must not be %s: in a piece of a response redaction does not find all secrets", lower)
	}
	if err := flow.CheckHeader(name, value); err != nil {
		return fmt.Errorf("header is not allowed: %w", err)
	}
	return nil
}

// pattern is a regular expression with the number of its instructions.
type pattern struct {
	*regexp.Regexp
	size int
}

// compile compiles a pattern; "" matches everything. The error reads as what follows the name of
// the pattern.
func compile(s string) (pattern, error) {
	if len(s) > maxPattern {
		return pattern{}, fmt.Errorf("must be at most %d bytes", maxPattern)
	}
	re, err := regexp.Compile(s)
	var fault *syntax.Error
	if errors.As(err, &fault) { // as every error of Compile is
		return pattern{}, fmt.Errorf("is not a regular expression (RE2): %s", fault.Code)
	}
	tree, _ := syntax.Parse(s, syntax.Perl) // as Compile does
	prog, _ := syntax.Compile(tree.Simplify())
	if len(prog.Inst) > maxProgram {
		return pattern{}, errors.New("is too costly: it has too many or too large repetitions")
	}
	return pattern{re, len(prog.Inst)}, nil
}

// maxWork bounds the steps of one search: RE2 takes at most one for each instruction and byte. That
// is some seconds in the worst case and usually milliseconds.
const maxWork = 1 << 28

// maxTotalWork bounds the steps of all searches that the rules make in one message: no client waits
// for a hundred costly rules.
const maxTotalWork = 4 * maxWork

// maxSearch bounds the time of all searches for the matches of rules in one message. Each search is
// linear, but the next one may read the rest of the body again: a(.*z)? does.
const maxSearch = 3 * time.Second

// work counts the steps of searches, and their time.
type work struct {
	done  int64
	spent time.Duration
}

// canSearch reports whether a search of p in n bytes stays within the bounds, and counts it.
func (w *work) canSearch(p pattern, n int) bool {
	steps := int64(n) * int64(max(p.size, 1))
	if steps > maxWork || w.done+steps > maxTotalWork {
		return false
	}
	w.done += steps
	return true
}

// canFindAll reports whether p has at most maxMatches matches in body, and finds them in time.
func (w *work) canFindAll(p pattern, body []byte) (ok bool) {
	type tooMuch struct{}
	start := time.Now()
	defer func() {
		w.spent += time.Since(start)
		switch r := recover().(type) {
		case nil, tooMuch: // a search cannot be ended otherwise
		default:
			panic(r)
		}
	}()
	matches, end := 0, start.Add(maxSearch-w.spent)
	p.ReplaceAllFunc(body, func([]byte) []byte {
		if matches++; matches > maxMatches || time.Now().After(end) {
			panic(tooMuch{})
		}
		return nil
	})
	return true
}
