package redact

import (
	"maps"
	"net/url"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact/judge"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/flow/redact/scan"
	"github.com/spectap/spectap/internal/lazyregexp"
)

// isWholeSecret reports whether a body is one word, and that word is the secret which its path
// names. A response may also report what happened to the secret.
func (r *Redactor) isWholeSecret(mediaType string, data []byte) bool {
	switch mediaType {
	case "", "text/plain", "application/octet-stream", "application/x-www-form-urlencoded":
	default:
		return false
	}
	if r.context.Whole < rules.Shown || len(data) > rules.MaxName {
		return false
	}
	w := strings.TrimSpace(string(data))
	if w == "" || strings.ContainsAny(w, " \t\n{}[]<>=&\"") || mark.Is(w) {
		return false
	}
	_, ok := judge.Hides(r.context.Whole, w)
	return ok
}

// contextOf returns the knowledge of a body that the path of its request gives.
func contextOf(path string) (c judge.Context) {
	path = strings.TrimSuffix(path, "/")
	last := path[strings.LastIndexByte(path, '/')+1:]
	if rules.ClassOf(last) == rules.Secret {
		if c.ListsCodes = strings.HasSuffix(last, "codes"); !strings.HasSuffix(last, "s") {
			c.Whole = rules.Secret
		}
	}
	c.TakesCode, c.Changes, c.Opens = judge.TakesCode(path), judge.ChangesSecret(path), judge.OpensLink(path)
	c.Asks = judge.AsksForSecret(last)
	for _, list := range [...]string{"/secrets/", "/secret/"} {
		if _, after, ok := strings.Cut(path, list); ok && after != "" {
			c.Stored, c.Whole = true, rules.Secret
		}
	}
	return c
}

// answering returns a redactor for the response to a request. A GraphQL query may give the field of
// a secret another name in the response.
func (r *Redactor) answering(q *flow.Request, c judge.Context) *Redactor {
	aliases := queryAliases(q.RawQuery)
	data, _, _ := r.cfg.Budget.Body(q.Header, q.Body, r.cfg.MaxBody) // errors leave the readable part
	out := *r.withAliases(append(aliases, Aliases(q.Header.Get("Content-Type"), data)...))
	isSignIn := signsIn.Get().Match(data[:min(len(data), 4<<10)]) || strings.Contains("&"+q.RawQuery, "&method=login")
	out.context = judge.Context{ListsCodes: c.ListsCodes, Stored: c.Stored, SignsIn: isSignIn}
	if c.Whole != rules.Plain || c.Stored {
		out.context.Whole = rules.Shown
	}
	if c.ListsCodes {
		out.context.Whole = rules.Code
	}
	return &out
}

// signsIn finds a remote call that opens a session.
var signsIn = lazyregexp.New(`"method":\s*"(?:[\w.]*\.)?(?:login|authenticate)"`)

// answeringMessages is like answering for the messages of a server on a WebSocket.
func (r *Redactor) answeringMessages(ms []flow.Message) *Redactor {
	var aliases []string
	for i := range ms {
		if ms[i].FromClient {
			aliases = append(aliases, Aliases("", ms[i].Data)...)
		}
	}
	return r.withAliases(aliases)
}

// withAliases returns a redactor for which these names are those of secrets.
func (r *Redactor) withAliases(aliases []string) *Redactor {
	if len(aliases) == 0 {
		return r
	}
	one, rules := *r, *r.rules
	if rules.names = maps.Clone(rules.names); rules.names == nil {
		rules.names = map[string]bool{}
	}
	for _, name := range aliases {
		rules.names[strings.ToLower(name)] = true
	}
	one.rules = &rules
	return &one
}

// queryAliases returns the aliases of secrets in a GraphQL call that is sent with GET.
func queryAliases(rawQuery string) []string {
	if !strings.Contains(rawQuery, "query=") {
		return nil
	}
	values, _ := url.ParseQuery(rawQuery) // errors leave the readable part
	return aliasesIn(strings.Join(values["query"], "\n"))
}

// Aliases returns the names under which a body, if it is a GraphQL call, asks for the fields of
// secrets: note in {me {note: password}}. Calls within strings and parts count as well.
func Aliases(contentType string, body []byte) []string {
	text := stringOf(body[:min(len(body), 256<<10)])
	kind := decode.Kind(decode.MediaType(contentType), body)
	mayCall := func() bool { return kind == "application/graphql" || strings.Contains(text, "query") }
	if mayCall() || strings.Contains(text, `\u00`) {
		text = escape.Get().ReplaceAllStringFunc(text, unescape)
	}
	switch {
	case decode.IsForm(kind):
		return queryAliases(text)
	case !mayCall():
		return nil
	}
	return aliasesIn(text)
}

// escape matches an escape of JSON for white space or punctuation, in a string within others as
// well.
var escape = lazyregexp.New(`\\+(?:[nrt]|u00[2-7][0-9A-Fa-f])`)

func unescape(e string) string { return scan.JSON.Decode(`\` + strings.TrimLeft(e, `\`)) }

// alias finds an alias and its field, and what only looks like them: comments and variables.
var alias = lazyregexp.New(`#[^\n]*|\$\w+|(\w+)\s*:\s*(\w+)\s*(?:[({@}\w]|$)`)

func aliasesIn(document string) (secret []string) {
	for _, m := range alias.Get().FindAllStringSubmatch(document, -1) {
		if m[1] != "" && rules.ClassOf(m[2]) == rules.Secret {
			secret = append(secret, m[1])
		}
	}
	return secret
}

// isFragment reports whether the body of a message with this header is a piece from the middle of a
// larger one (RFC 9110, section 14.4). The names of its values may stand before it.
func isFragment(h flow.Header) bool {
	if decode.MediaType(h.Get("Content-Type")) == "multipart/byteranges" {
		return true
	}
	_, of, _ := strings.Cut(strings.TrimSpace(h.Get("Content-Range")), " ")
	if strings.HasPrefix(of, "*") {
		return false
	}
	first, _, _ := strings.Cut(of, "-")
	return strings.Trim(first, "0 ") != ""
}

// IsPathSecret reports whether a segment of a path, percent-decoded, is a secret because of the
// segment before it: /reset/token/swordfish. It agrees with [Redactor.Path].
func IsPathSecret(before, segment string) bool { return judge.IsPathSecret(before, segment) }
