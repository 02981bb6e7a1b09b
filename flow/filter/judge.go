package filter

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
)

// Verdict says what an incomplete view of a flow tells about a match.
type Verdict int8

// The verdicts.
const (
	No    Verdict = iota // the flow does not match
	Maybe                // more of the flow is needed
	Yes                  // the flow matches
)

// View describes the flow that Judge sees, compared with the flow that Match would get.
type View struct {
	// Brief flows have no headers, bodies, messages and protocols (store.Query.Brief).
	Brief bool
	// Redacted means that Match would get the flow after redaction, while Judge sees it before.
	// Redaction replaces parts of texts by placeholders.
	Redacted bool
}

// Judge is Match for a view of a flow. If it returns Maybe, Match decides. So most flows need not
// be read as a whole, or redacted. No verdict tells anything about a text that redaction replaces.
func (f *Filter) Judge(fl *flow.Flow, v View) Verdict {
	if f.All() {
		return Yes
	}
	return f.root.judge(&subject{flow: fl}, v)
}

func (a and) judge(s *subject, v View) Verdict {
	least := Yes
	for _, e := range a {
		if least = min(least, e.judge(s, v)); least == No {
			break
		}
	}
	return least
}

func (o or) judge(s *subject, v View) Verdict {
	most := No
	for _, e := range o {
		if most = max(most, e.judge(s, v)); most == Yes {
			break
		}
	}
	return most
}

func (n not) judge(s *subject, v View) Verdict { return Yes - n.operand.judge(s, v) }

func (t *term) judge(s *subject, v View) Verdict {
	switch t.field.name {
	case "host", "method", "status", "took", "time", "source", "session", "tag", "number": // redaction keeps them
		return t.decide(s)
	case "is":
		if t.isAny("failed", "pending", "answered") || !v.Brief && !v.Redacted {
			return t.decide(s)
		}
		return Maybe
	case "path", "query", "text":
		if !v.Redacted {
			return t.decide(s)
		}
		return t.judgeURL(&s.flow.Request)
	}
	switch {
	case v.Brief:
		return Maybe
	case !v.Redacted:
		return t.decide(s)
	case t.field.bodies:
		return t.judgeBodies(s)
	}
	return Maybe
}

// decide applies the test of a value that the view has as Match would get it.
func (t *term) decide(s *subject) Verdict {
	if t.test(s) {
		return Yes
	}
	return No
}

func (t *term) isAny(values ...string) bool {
	for _, v := range values {
		if strings.EqualFold(t.value, v) {
			return true
		}
	}
	return false
}

// judgeURL returns No if a URL cannot match after redaction. That requires that redaction only cuts
// texts out of this URL, and that what the term looks for is in no placeholder.
func (t *term) judgeURL(r *flow.Request) Verdict {
	want := t.value
	if strings.HasPrefix(want, "~") || !isPlainURL(r.Path) || !isPlainQuery(r.RawQuery) {
		return Maybe
	}
	found := true
	switch t.field.name {
	case "path": // a placeholder has no slash, so it cannot begin a path
		want, _, _ = strings.Cut(want, "*")
		found = strings.HasPrefix(r.Path, want)
	case "query":
		want, _, _ = strings.Cut(want, "=")
		found = hasParameter(r.RawQuery, want)
	default:
		found = t.inPlaceholder || containsFold(r.URL(), want)
	}
	if !found && !strings.ContainsAny(want, "[]%") {
		return No
	}
	return Maybe
}

func hasParameter(query, name string) bool {
	for part := range strings.SplitSeq(query, "&") {
		if n, _, _ := strings.Cut(part, "="); part != "" && n == name {
			return true
		}
	}
	return false
}

// isPlainURL reports whether redaction only replaces parts of s: it decodes and encodes nothing.
func isPlainURL(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isAlphanumeric(c) && strings.IndexByte("-._~:/,@!*()$'", c) < 0 {
			return false
		}
	}
	return true
}

func isPlainQuery(query string) bool {
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		if !isPlainURL(name) || !isPlainURL(value) {
			return false
		}
	}
	return true
}

// judgeBodies returns No if no body can match after redaction.
func (t *term) judgeBodies(s *subject) Verdict {
	if t.probe == nil || len(s.flow.Messages) > 0 {
		return Maybe
	}
	r := s.flow.Response
	if t.field.name != "response.body" && !t.probe.AbsentBody(s.flow.Request.Header, s.requestBody()) ||
		t.field.name != "request.body" && r != nil && !t.probe.AbsentBody(r.Header, s.responseBody()) {
		return Maybe
	}
	return No
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// inPlaceholder reports whether a text may be part of a placeholder, without its brackets, such as
// redacted:secret:3f9a1c07be, in any case.
func inPlaceholder(s string) bool {
	return slices.ContainsFunc(placeholders(), func(whole string) bool { return isWithin(whole, s) })
}

func isWithin(whole, s string) bool {
	for at := range len(whole) {
		if fitsPlaceholder(whole, at, s) {
			return true
		}
	}
	return false
}

// fitsPlaceholder reports whether a placeholder has a text at an index. 0 in it is any hexadecimal
// digit.
func fitsPlaceholder(whole string, at int, s string) bool {
	if at+len(s) > len(whole) {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		isHex := c >= '0' && c <= '9' || c >= 'a' && c <= 'f'
		if p := whole[at+i]; p != c && (p != '0' || !isHex) {
			return false
		}
	}
	return true
}

// isPlainBody reports whether redaction only replaces parts of a decoded body.
func isPlainBody(h flow.Header, body string) bool {
	mt := h.MediaType()
	if len(body) >= maxBody {
		return false // redaction may move a text over this border
	}
	escapes := `\%&`
	first := decode.FirstByte([]byte(body[:min(len(body), 64)]))
	switch {
	case decode.IsJSON(mt), first == '{', first == '[':
		escapes = `\<>&` // a changed string is written anew
	case decode.IsForm(mt), decode.IsMultipart(mt), decode.IsEventStream(mt), decode.IsJSONLines(mt), decode.IsYAML(mt),
		mt == "text/csv", mt == "text/tab-separated-values", first == '-' && mt == "":
		return false
	}
	return !strings.ContainsAny(body, escapes)
}
