package filter

import (
	"regexp"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact/mark"
)

// Probe finds texts that cannot match after redaction, before most of it is done.
type Probe struct {
	required []string         // a text that matches has at least one, in any case; nil: unknown
	pieces   []*regexp.Regexp // all match such a text
	alone    bool             // see NewWordProbe
}

// NewProbe returns a probe for a value as fields of bodies have it: text, or a regular expression
// after "~". It returns nil if nothing is known of texts that match.
func NewProbe(value string) *Probe {
	p := &Probe{required: required(value), pieces: pieces(value)}
	if p.required == nil && p.pieces == nil {
		return nil
	}
	return p
}

// NewWordProbe returns a probe for texts in which a value stands alone: neither a letter nor a
// digit is beside it. So it may be like a part of the digits in a placeholder. Whoever uses the
// probe does not look in Content-Length. It returns nil if nothing is known of such texts.
func NewWordProbe(value string) *Probe {
	if len(value) < mark.HashLen && strings.Trim(value, "0123456789abcdefABCDEF") == "" && value != "" {
		return &Probe{required: []string{value}, alone: true}
	}
	return NewPartProbe(value)
}

// NewPartProbe returns a probe for texts that contain a value, of any characters. It returns nil if
// nothing is known of such texts.
func NewPartProbe(value string) *Probe {
	if p := NewProbe(strings.TrimPrefix(value, "~")); p != nil {
		return p
	}
	return NewProbe("~" + regexp.QuoteMeta(value))
}

// AbsentBody reports whether a decoded body that is not redacted cannot match after redaction.
func (p *Probe) AbsentBody(h flow.Header, body string) bool {
	return body == "" || isPlainBody(h, body) && p.isAbsent(body)
}

// addedHeaders are what redaction of a body may change in the headers of its message. 0 is any
// digit.
var addedHeaders = []string{"content-length: 0000000000", "content-type: ; charset=utf-8"}

// ForMessages returns a probe for the headers and URLs of messages; nil if redaction of a body may
// change them so that they match.
func (p *Probe) ForMessages() *Probe {
	if p == nil {
		return nil
	}
	for _, added := range addedHeaders {
		if p.alone && strings.HasPrefix(added, "content-length") {
			continue
		}
		if slices.ContainsFunc(p.required, func(s string) bool { return isWithin(added, s) }) ||
			slices.ContainsFunc(p.pieces, func(re *regexp.Regexp) bool { return mayMatchWithin("(?i)"+re.String(), added) }) {
			return nil
		}
	}
	return p
}

// AbsentText reports whether a text of a message without a body, which is redacted, cannot match
// when the message is redacted with its body.
func (p *Probe) AbsentText(text string) bool { return p.isAbsent(text) }

func (p *Probe) isAbsent(text string) bool {
	if p.required != nil && !slices.ContainsFunc(p.required, func(want string) bool { return containsFold(text, want) }) {
		return true
	}
	return slices.ContainsFunc(p.pieces, func(re *regexp.Regexp) bool { return !re.MatchString(text) })
}

// mayMatchWithin reports whether an expression may match a part of a text in which 0 is any
// hexadecimal digit.
func mayMatchWithin(expression, text string) bool {
	prog, ok := compile(expression)
	return !ok || matchesWithin(prog, strings.ToLower(text))
}
