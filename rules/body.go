package rules

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
)

const (
	// MaxBody is the largest body that is changed, in bytes, as it is sent and without its content encoding.
	MaxBody = 1 << 20
	// maxResult is the largest body that a rule may make.
	maxResult = 4 * MaxBody
	// maxMatches is how often a rule may replace in one body.
	maxMatches = 100_000
)

// Body returns the whole body of a message with the header h as the rules have it, without content encoding, and how
// many rules changed it: with 0 the message is to be left as it is. An error says of rules, as many as it joins, that
// they were skipped; what the others did counts. body is not changed.
func (c *Changes) Body(h http.Header, body []byte) (out []byte, changed int, err error) {
	if len(c.bodies) == 0 || len(body) == 0 {
		return body, 0, nil
	}
	plain, err := plainBody(h, body)
	if err != nil {
		return body, 0, err
	}
	var all []error
	out = plain
	for _, r := range c.bodies {
		next, found, err := r.replace(out)
		if err != nil {
			all = append(all, err)
		} else if found {
			out = next
			changed++
		}
	}
	if changed == 0 {
		out = body
	}
	return out, changed, errors.Join(all...)
}

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

// replace replaces all that the pattern finds in body.
func (c *compiled) replace(body []byte) (out []byte, found bool, err error) {
	if !c.search.affordable(len(body)) {
		return nil, false, ErrTooLarge
	}
	matches := c.search.FindAllSubmatchIndex(body, maxMatches+1)
	if len(matches) == 0 {
		return nil, false, nil
	}
	if len(matches) > maxMatches {
		return nil, false, ErrTooLarge
	}
	var b bytes.Buffer
	end := 0
	for _, m := range matches {
		b.Write(body[end:m[0]])
		end = m[1]
		for _, p := range c.value {
			if p.group < 0 {
				b.WriteString(p.text)
			} else if from := m[2*p.group]; from >= 0 {
				b.Write(body[from:m[2*p.group+1]])
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

// part is a piece of a template: text, or with a group from 0 what that group found.
type part struct {
	text  string
	group int
}

// parseTemplate reads \0 to \9 and \\ as RE2's Rewrite does. Other backslashes stand for themselves: they are common
// in JSON.
func parseTemplate(s string) []part {
	var parts []part
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			parts = append(parts, part{text.String(), -1})
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
			parts = append(parts, part{group: n})
			i++
		default:
			text.WriteByte('\\')
		}
	}
	flush()
	return parts
}
