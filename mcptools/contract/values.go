package contract

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact/judge"
	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/workflow"
)

// values maps recorded values to their counterparts of the server.
type values struct {
	live, recorded map[string]string
	sent           map[string]bool // words of requests, after the words before them
	random         []string        // pairs of texts to replace within longer ones
	getenv         func(string) string
	missing        string // a variable that is not set
}

// isRandom reports whether a text is equal to another by no chance.
func isRandom(text string) bool { return workflow.IsRandom(text) || variable.MatchString(text) }

// word is a part of a URL, a form, a JSON text or a page.
var word = regexp.MustCompile(`[^\s/?&=,;<>"'()\[\]{}|#\\:]([^\s/?&=,;<>"'()\[\]{}|#\\]*[^\s/?&=,;<>"'()\[\]{}|#\\:])?`)

// isID reports whether a value under a name identifies something.
func isID(name, text string) bool {
	isShort := text != "" && len(text) <= 64 && !strings.ContainsAny(text, " /") && timeForm(text) == ""
	return isRandom(text) || isShort && workflow.NamesMadeID(name)
}

// bind makes two values counterparts. It reports false if the live one already is that of another.
func (v *values) bind(recorded, live string) bool {
	if was, ok := v.recorded[live]; ok && was != recorded {
		return false
	}
	v.live[recorded], v.recorded[live] = live, recorded
	if isRandom(recorded) {
		v.replace(recorded, live)
		v.replace(url.QueryEscape(recorded), url.QueryEscape(live))
	}
	return true
}

// replace has a text replaced within longer ones from now on.
func (v *values) replace(recorded, live string) {
	if recorded != live && recorded != "" {
		v.random = append(v.random, recorded, live)
	}
}

// in returns a text with the counterparts of what it contains.
func (v *values) in(text string) string { return strings.NewReplacer(v.random...).Replace(text) }

// send returns a text of a request for the server. A value that no answer had is the client's own,
// and its own counterpart.
func (v *values) send(text string, inPath bool) string {
	for _, mark := range variable.FindAllString(text, -1) { // of the recording, not of the server's answers
		if v.getenv != nil && v.in(mark) == mark {
			value := v.getenv(mark[2 : len(mark)-1])
			if v.replace(mark, value); value == "" {
				v.missing = mark[2 : len(mark)-1]
			}
		}
	}
	before := ""
	return word.ReplaceAllStringFunc(v.in(text), func(w string) string {
		plain, name := decode.Unescape(w), before
		v.sent[before+"\x00"+plain], before = true, w
		to, ok := v.live[plain]
		isKnown := ok && (inPath || len(plain) >= minLong) || inPath && ascii.AllDigits(plain)
		if _, isLive := v.recorded[plain]; isLive && isRandom(plain) || !isID(name, plain) && !isKnown {
			return w
		}
		if !ok {
			v.bind(plain, plain)
		} else if to != plain {
			return to
		}
		return w
	})
}

// request returns a request for the server below base.
func (v *values) request(q flow.Request, base *url.URL) flow.Request {
	q.Scheme, q.Authority = base.Scheme, base.Host
	q.Path, q.RawQuery = strings.TrimSuffix(base.EscapedPath(), "/")+v.send(q.Path, true), v.send(q.RawQuery, false)
	data, _, err := decode.Body(q.Header, q.Body, maxBody)
	q.Header = slices.DeleteFunc(slices.Clone(q.Header), func(h flow.Field) bool { return err == nil && strings.EqualFold(h.Name, "Content-Encoding") })
	for i := range q.Header {
		q.Header[i].Value = v.send(q.Header[i].Value, false)
	}
	if utf8.Valid(data) {
		data = []byte(v.send(string(data), false))
	}
	if err == nil {
		q.Body = flow.Body{Data: data, Size: int64(len(data))}
	}
	return q
}

// minLong is the length from which a text that is equal to an id is that id, whatever its name.
const minLong = 12

// freePort is a port at the end of an address that a system may give a server that asks for any
// (RFC 6335, section 6; Linux begins at 32768).
var freePort = regexp.MustCompile(`:(3[2-9]|[45]\d|6[0-5])\d{3}$`)

func withoutFreePort(s string) string { return freePort.ReplaceAllString(s, ":") }

var localDate = regexp.MustCompile(`^\d{1,2}[./]\d{1,2}[./](19|20)\d\d\b.{0,30}$`)

// timeForm returns the form of a time, or "".
func timeForm(s string) string {
	whole, _, _ := strings.Cut(s, ".")
	_, err := http.ParseTime(s)
	switch {
	case judge.IsDateLike(s):
		return "date"
	case localDate.MatchString(s):
		return "local"
	case ascii.AllDigits(whole) && slices.Contains([]int{10, 13, 16}, len(whole)) && whole >= "14" && whole < "2": // 2014 to 2033
		return "count"
	case err == nil:
		return "HTTP"
	}
	return ""
}
