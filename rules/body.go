package rules

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/flow/redact/mark"
)

const (
	// MaxBody is the largest body that a rule changes, in bytes, both encoded and decoded.
	MaxBody = 1 << 20
	// maxResult is the largest body that a rule may produce, in bytes.
	maxResult = 4 * MaxBody
	// maxMatches bounds the replacements of a rule in one body.
	maxMatches = 100_000
)

// Body applies the rules to the complete body of a message with the header h. It returns the
// changed body, without content encoding, and the number of rules that changed it; when that is 0,
// out is body. Each of the joined errors means that a rule was skipped; the other rules have been
// applied. The bytes of body are not changed.
//
// Patterns see the body as red shows it in the exchange f. If the rules would put a secret where
// the body does not have it, none is applied, and the error is ErrSecret. If red is nil, patterns
// see all.
func (c *Changes) Body(f *flow.Flow, h http.Header, body []byte, red *redact.Redactor) (out []byte, changed int, err error) {
	if len(c.bodies) == 0 || len(body) == 0 {
		return body, 0, nil
	}
	plain, err := plainBody(h, body)
	if err != nil {
		return body, 0, err
	}
	masked, own := plain, red
	if red != nil {
		var s flow.Flow
		s, own = shown(red, *f, c.bodies[0].Phase, flow.Response{
			Header: decode.Uncoded(flow.HeaderOf(h), int64(len(plain))), Body: flow.Body{Data: plain, Size: int64(len(plain))},
		})
		b := s.Request.Body
		if s.Response != nil {
			b = s.Response.Body
		}
		if masked = b.Data; b.Truncated {
			return body, 0, ErrTooLarge
		}
	}
	out, applied, err := c.apply(masked)
	changed = len(applied)
	if changed > 0 && red != nil {
		restored, rerr := unmask(own, h.Get("Content-Type"), out, masked, plain)
		if rerr != nil {
			return body, 0, errors.Join(err, rerr)
		}
		out = restored
	}
	if changed == 0 {
		out = body
	}
	c.Applied = append(c.Applied, applied...)
	return out, changed, err
}

// apply applies the rules to a decoded body, and returns the IDs of those that changed it.
func (c *Changes) apply(body []byte) (out []byte, applied []string, err error) {
	var all []error
	var w work
	out = body
	for _, r := range c.bodies {
		next, found, err := r.replace(out, &w)
		if err != nil {
			all = append(all, err)
		} else if found {
			out = next
			applied = append(applied, r.ID)
		}
	}
	return out, applied, errors.Join(all...)
}

// plainBody returns a body without its content encoding.
func plainBody(h http.Header, body []byte) ([]byte, error) {
	if len(body) > MaxBody {
		return nil, ErrTooLarge
	}
	lines := make(flow.Header, 0, 1)
	for _, v := range h["Content-Encoding"] {
		lines = append(lines, flow.Field{Name: "Content-Encoding", Value: v})
	}
	if len(lines) == 0 {
		return body, nil
	}
	plain, complete, err := decode.Bytes(lines, flow.Body{Data: body, Size: int64(len(body))}, MaxBody)
	switch {
	case err != nil:
		return nil, ErrEncoded
	case !complete:
		return nil, ErrTooLarge
	}
	return plain, nil
}

// replace replaces all matches of the pattern in body.
func (c *compiled) replace(body []byte, w *work) (out []byte, found bool, err error) {
	if !w.canSearch(c.search, len(body)) || !w.canFindAll(c.search, body) {
		return nil, false, ErrTooLarge
	}
	matches := outsideMarks(string(body), c.search.FindAllSubmatchIndex(body, -1))
	if len(matches) == 0 {
		return nil, false, nil
	}
	var b bytes.Buffer
	end := 0
	for _, m := range matches {
		b.Write(body[end:m[0]])
		end = m[1]
		for _, t := range c.value {
			if t.group < 0 {
				b.WriteString(t.text)
			} else if from := m[2*t.group]; from >= 0 {
				b.Write(body[from:m[2*t.group+1]])
			}
			if b.Len() > maxResult {
				return nil, false, ErrTooLarge
			}
		}
	}
	b.Write(body[end:])
	if b.Len() > maxResult {
		return nil, false, ErrTooLarge
	}
	return b.Bytes(), true, nil
}

// outsideMarks returns the matches that take no part of a placeholder: the message has a secret
// there, which a change of the part would destroy.
func outsideMarks(body string, matches [][]int) [][]int {
	isWithin := func(at int) bool {
		i := max(0, at-64) // no placeholder is longer
		i += max(0, strings.LastIndexByte(body[i:at], mark.Prefix[0]))
		return i < at && i+mark.Len(body[i:]) > at
	}
	return slices.DeleteFunc(matches, func(m []int) bool { return isWithin(m[0]) || isWithin(m[1]) })
}

// token is a token of a replacement: literal text, or the text of a group.
type token struct {
	text  string
	group int // -1 for text
}

// parseReplacement reads \0 to \9 and \\ as RE2's Rewrite does. Other backslashes are literal,
// since JSON has many.
func parseReplacement(s string) []token {
	var tokens []token
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			tokens = append(tokens, token{text.String(), -1})
			text.Reset()
		}
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			text.WriteByte(s[i])
			continue
		}
		switch next := s[i+1]; {
		case next == '\\':
			text.WriteByte('\\')
			i++
		case '0' <= next && next <= '9':
			flush()
			n, _ := strconv.Atoi(s[i+1 : i+2])
			tokens = append(tokens, token{group: n})
			i++
		default:
			text.WriteByte('\\')
		}
	}
	flush()
	return tokens
}
