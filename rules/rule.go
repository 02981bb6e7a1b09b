package rules

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/net/http/httpguts"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
)

// The actions of rules.
const (
	// InjectHeader sets the header Key to Value and removes its other values.
	InjectHeader = "inject_header"
	// ReplaceBody replaces each match of SearchPattern by Value, where \1 to \9 are the groups of
	// the pattern, \0 is the complete match and \\ a backslash.
	ReplaceBody = "replace_body"
	// Block answers a request with 403 before it is sent, or in the phase Response replaces the
	// response by 403.
	Block = "block"
	// Hold holds a message for a person, who edits, forwards or drops it: a breakpoint.
	Hold = "hold"
	// Respond answers a request with Status and the text Value, or the file File, instead of the
	// upstream.
	Respond = "respond"
	// Delay delays a message by DelayMS.
	Delay = "delay"
	// SetStatus changes the status of a response to Status.
	SetStatus = "set_status"
	// Fail closes the client's connection instead of sending the request, or its response.
	Fail = "fail"
)

// The phases of an exchange.
const (
	Request  = "request"  // on the way to the upstream
	Response = "response" // on the way back
)

// Actions returns all actions.
func Actions() []string {
	return []string{InjectHeader, ReplaceBody, Block, Hold, Respond, Delay, SetStatus, Fail}
}

// Phases returns all phases.
func Phases() []string { return []string{Request, Response} }

// Rule is one rule. The zero value is not valid: see [Rule.Check].
type Rule struct {
	// ID is its name: printable text.
	ID string `json:"id"`
	// Action is one of [Actions].
	Action string `json:"action"`
	// Filter selects exchanges, in the language of docs/filter.md; "" selects all. A filter that
	// needs the response is for the phase Response. No filter may need a body.
	Filter string `json:"filter,omitempty"`
	// URLPattern selects requests by URL; "" selects all.
	URLPattern string `json:"url_pattern,omitempty"`
	// Method selects requests by method; "" selects all. Methods are case-sensitive (RFC 9110,
	// section 9.1).
	Method string `json:"method,omitempty"`
	// Key is the name of the header, for InjectHeader.
	Key string `json:"key,omitempty"`
	// Value is the value of the header, what replaces a match, or the text of an answer.
	Value string `json:"value,omitempty"`
	// SearchPattern is for ReplaceBody.
	SearchPattern string `json:"search_pattern,omitempty"`
	// Phase is Request or Response.
	Phase string `json:"phase"`
	// Status is for Respond (0 is 200) and SetStatus.
	Status int `json:"status,omitzero"`
	// File is the absolute path of the body of an answer, which is read for each. Only what a
	// person uses may set it. ContentType is its media type; "" guesses.
	File        string `json:"file,omitempty"`
	ContentType string `json:"content_type,omitempty"`
	// DelayMS is in milliseconds, at most a minute.
	DelayMS int `json:"delay_ms,omitzero"`
	// Off says that the rule is not in force.
	Off bool `json:"off,omitzero"`
	// ByAgent says that an agent made the rule. It may change no other without being asked.
	ByAgent bool `json:"by_agent,omitzero"`
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
	maxDelay   = 60_000 // milliseconds
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
	all = append(all, r.checkByHand()...)
	return errors.Join(all...)
}

// checkByHand checks the filter, and the fields of the actions that a person takes.
func (r Rule) checkByHand() (all []error) {
	wrong := func(format string, args ...any) { all = append(all, fmt.Errorf(format, args...)) }
	if len(r.Filter) > maxPattern {
		wrong("the filter must be at most %d bytes", maxPattern)
	} else if f, err := filter.Parse(r.Filter, time.Now()); err != nil {
		wrong("the %w", err)
	} else if late := f.Late(filter.Answered); late != "" {
		wrong("the filter must not have %s: which is known too late", late)
	} else if late := f.Late(filter.Requested); late != "" && r.Phase == Request {
		wrong("the filter has %s:, which may need the response: choose the phase %s", late, Response)
	}
	switch {
	case r.Action == SetStatus && !isStatus(r.Status), r.Action == Respond && r.Status != 0 && !isStatus(r.Status):
		wrong("the status must be from 200 to 599, but not 204, 205 or 304, which have no body")
	case r.Status != 0 && r.Action != SetStatus && r.Action != Respond:
		wrong("a status is for %s and %s", Respond, SetStatus)
	case r.Action == SetStatus && r.Phase != Response, r.Action == Respond && r.Phase != Request:
		wrong("%s is for requests and %s for responses", Respond, SetStatus)
	}
	if (r.Action == Delay) != (r.DelayMS > 0) || r.DelayMS < 0 || r.DelayMS > maxDelay {
		wrong("%s needs a time of at most a minute, and is the only action with one", Delay)
	}
	switch {
	case r.Action != Respond && (r.File != "" || r.ContentType != ""):
		wrong("a file and its media type are for %s", Respond)
	case r.File != "" && (r.Value != "" || !filepath.IsAbs(r.File)):
		wrong("the file must be an absolute path, and there must be no text beside it")
	case r.Action == Respond && len(r.Value) > maxValue:
		wrong("the text must be at most %d bytes: write a longer one to a file", maxValue)
	case !httpguts.ValidHeaderFieldValue(r.ContentType):
		wrong("the media type has a control character")
	}
	return all
}

// isStatus reports whether a rule may set a status.
func isStatus(n int) bool { return n >= 200 && n <= 599 && n != 204 && n != 205 && n != 304 }

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
	if r.Value != "" && !slices.Contains([]string{InjectHeader, ReplaceBody, Respond}, r.Action) {
		wrong("%s takes no value", r.Action)
	}
	return all
}

// rangeHeaders ask for a piece of a response, such as one without the names of its values.
var rangeHeaders = [...]string{"range", "if-range"}

// proxyHeaders are headers that the proxy writes, in addition to those of [flow.IsTransportHeader].
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
