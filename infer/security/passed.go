package security

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/varint"
)

// Passed counts the secret values that answers of a host give and requests carry back: sessions,
// tokens of sign-ins, tokens against forged requests. Values are hashes; of all values, those with
// the smallest hashes are kept, so that the order of flows does not matter. Its zero value is
// ready. It is not safe for concurrent use.
type Passed struct {
	values map[uint64]*passage
	most   uint64 // the largest hash, once values is full
}

// passage has the places where one value was given and sent, as [place] encodes them.
type passage struct{ given, sent *bottomk.Counts }

// Bounds of what is kept, and of what is looked at in one message.
const (
	maxPassages = 512
	maxPlaces   = 8
	minToken    = 16 // bytes of a value that cannot be a word or a number
	maxToken    = 4096
	maxAnswer   = 64 << 10 // bytes of a JSON answer that may be a sign-in's
	maxPage     = 1 << 20
	maxDepth    = 4
)

func newPassage() *passage {
	return &passage{bottomk.New[*bottomk.Count](maxPlaces), bottomk.New[*bottomk.Count](maxPlaces)}
}

// at returns the passage of a hash, nil if it is not among those that are kept.
func (p *Passed) at(h uint64) *passage {
	if x := p.values[h]; x != nil || p.most != 0 && h > p.most {
		return x
	}
	if p.values == nil {
		p.values = map[uint64]*passage{}
	}
	p.values[h] = newPassage()
	if len(p.values) > maxPassages {
		delete(p.values, p.largest())
	}
	if len(p.values) == maxPassages {
		p.most = p.largest()
	}
	return p.values[h]
}

func (p *Passed) largest() uint64 { return slices.Max(slices.Collect(maps.Keys(p.values))) }

// Merge adds the facts of o. It keeps nothing of it.
func (p *Passed) Merge(o *Passed) {
	for h, theirs := range o.values {
		if x := p.at(h); x != nil {
			x.given.Merge(theirs.given)
			x.sent.Merge(theirs.sent)
		}
	}
}

// Code encodes the facts. It decodes into a zero value.
func (p *Passed) Code(c *varint.Coder) {
	varint.Map(c, &p.values, math.MaxInt, 1, func(h *uint64) { c.Word(h) }, func(x **passage) {
		if *x == nil {
			*x = newPassage()
		}
		(*x).given.Code(c)
		(*x).sent.Code(c)
	})
	if len(p.values) == maxPassages {
		p.most = p.largest()
	}
}

// Kinds of places besides [kindCookie] and [kindHeader].
const (
	inMeta   = "meta"
	inHidden = "hidden" // a hidden field of a form
	inMember = "member" // a JSON Pointer
	inField  = "field"  // of a form that requests send
)

// signsIn precedes the method of a request that asked for a password.
const signsIn = "sign-in "

// place encodes where an answer of an operation, or any request (with an empty method), has a
// value.
func place(method, path, kind, name string) string {
	return strings.Join([]string{method, path, kind, name}, "\t")
}

// Learn adds one exchange, of which request and response are the decoded bodies.
func (p *Passed) Learn(f *flow.Flow, lines []*headers.Info, request, response []byte) {
	method := f.Request.Method
	isRead := method == "GET" || method == "HEAD"
	p.learnRequest(&f.Request, lines, request)
	if f.Response.Status >= 400 {
		return
	}
	asks := !isRead && asksForPassword(&f.Request, request)
	if asks {
		method = signsIn + method
	}
	give := func(kind, name, value string) {
		if isPassable(value) && len(f.Request.Path) <= maxSignWord && len(name) <= headers.MaxName {
			if x := p.at(hashOf(value)); x != nil {
				bottomk.Tally(x.given, place(method, f.Request.Path, kind, name))
			}
		}
	}
	for _, h := range f.Response.Header {
		switch lower := strings.ToLower(h.Name); {
		case lower == "set-cookie":
			pair, _, _ := strings.Cut(h.Value, ";")
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			isOpaque := len(value) >= 2*minToken || headers.IsAntiForgery(name) || headers.IsSessionCookie(name) || redact.IsSensitive("", value)
			if isOpaque && !headers.IsTrackingCookie(name) {
				give(kindCookie, name, value)
			}
		case lower == "authorization" || headers.IsKeyName(h.Name) || headers.IsAntiForgery(h.Name):
			give(kindHeader, headers.Spelling(h.Name), lastWord(h.Value))
		}
	}
	switch kind := decode.Kind(f.Response.Header.MediaType(), response); {
	case strings.Contains(kind, "html") && isRead:
		PageElements(response, func(tag string, attr map[string]string) {
			switch name := attr["name"]; {
			case !headers.IsAntiForgery(name):
			case tag == "meta":
				give(inMeta, name, MetaToken(attr))
			case tag == "input":
				give(inHidden, name, attr["value"])
			}
		})
	case decode.IsJSON(kind) && len(response) <= maxAnswer && (asks || !isRead && containsAny(response, "oken", "jwt", "JWT") ||
		containsAny(response, "srf", "SRF") || strings.Contains(strings.ToLower(f.Request.Path), "srf")):
		eachToken(response, func(pointer, value string) { give(inMember, pointer, value) })
	}
}

// learnRequest adds what a request carries.
func (p *Passed) learnRequest(r *flow.Request, lines []*headers.Info, body []byte) {
	carry := func(kind, name, value string) {
		if isPassable(value) && len(name) <= headers.MaxName {
			if x := p.at(hashOf(value)); x != nil {
				bottomk.Tally(x.sent, place("", "", kind, name))
			}
		}
	}
	for i, info := range lines {
		switch value := r.Header[i].Value; {
		case info.Lower == "authorization":
			c := withoutFormat(classifyAuthorization(value))
			carry(c.Kind, c.Name, lastWord(value))
		case info.Lower == "cookie":
			for pair := range strings.SplitSeq(value, ";") {
				if name, value, _ := strings.Cut(strings.TrimSpace(pair), "="); !headers.IsTrackingCookie(name) {
					carry(kindCookie, name, value)
				}
			}
		case info.IsKey || info.MayBeKey || headers.IsAntiForgery(info.Lower):
			carry(kindHeader, info.Lower, value)
		}
	}
	if decode.IsForm(r.Header.MediaType()) && len(body) <= maxAnswer {
		for q := range decode.Pairs(string(body)) {
			if headers.IsAntiForgery(q.Name) {
				carry(inField, q.Name, q.Value)
			}
		}
	}
}

// isPassable reports whether a value may be a session or a token.
func isPassable(value string) bool {
	return minToken <= len(value) && len(value) <= maxToken && !strings.Contains(value, " ")
}

// hashOf returns the hash of a value, however cookies and forms escape it.
func hashOf(value string) uint64 {
	value = strings.Trim(value, `"`)
	if strings.Contains(value, "%") {
		if plain, err := url.PathUnescape(value); err == nil {
			value = plain
		}
	}
	return bottomk.Hash(value)
}

func lastWord(s string) string { return s[strings.LastIndexByte(s, ' ')+1:] }

func containsAny(text []byte, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return bytes.Contains(text, []byte(w)) })
}

// tokenWords are parts of the names of JSON members that hold tokens.
var tokenWords = []string{"token", "jwt", "csrf", "xsrf", "session", "secret", "key", "auth"}

// eachToken yields the JSON Pointers and values of the members that may hold tokens.
func eachToken(data []byte, yield func(pointer, value string)) {
	var v any
	if json.Unmarshal(data, &v) == nil {
		walkTokens("", v, 0, yield)
	}
}

func walkTokens(pointer string, v any, depth int, yield func(pointer, value string)) {
	members, _ := v.(map[string]any)
	for name, member := range members {
		at := pointer + jsonvalue.Pointer(name)
		switch member := member.(type) {
		case string:
			n := strings.ToLower(name)
			if slices.ContainsFunc(tokenWords, func(w string) bool { return strings.Contains(n, w) }) {
				yield(at, member)
			}
		case map[string]any:
			if depth < maxDepth {
				walkTokens(at, member, depth+1, yield)
			}
		}
	}
}

// passwordWords end the names of fields that ask for what only the owner of an account knows.
var passwordWords = []string{"password", "passwd", "passwort", "passcode", "pass", "pwd", "pin", "otp"}

// asksForPassword reports whether a request has one field with a password, or asks for a token of
// OAuth. One with several changes a password, or makes an account.
func asksForPassword(r *flow.Request, body []byte) bool {
	if len(body) > maxAnswer || !containsAny(body, "pass", "Pass", "PASS", "pwd", "grant", `pin"`, "pin=", `otp"`, "otp=") { // most bodies
		return false
	}
	passwords, isGrant := 0, false
	add := func(name string) {
		name = strings.TrimRight(strings.ToLower(name), "]")
		isGrant = isGrant || name == "grant_type" || name == "granttype"
		if slices.ContainsFunc(passwordWords, func(w string) bool { return strings.HasSuffix(name, w) }) ||
			strings.Contains(name, "password") {
			passwords++
		}
	}
	switch kind := decode.Kind(r.Header.MediaType(), body); {
	case decode.IsForm(kind):
		for q := range decode.Pairs(string(body)) {
			add(q.Name)
		}
	case decode.IsJSON(kind):
		var v any
		if json.Unmarshal(body, &v) == nil {
			eachMember(v, 0, add)
		}
	}
	return isGrant || passwords == 1
}

func eachMember(v any, depth int, yield func(name string)) {
	members, _ := v.(map[string]any)
	for name, member := range members {
		if inner, isObject := member.(map[string]any); !isObject {
			yield(name)
		} else if depth < maxDepth {
			eachMember(inner, depth+1, yield)
		}
	}
}

// PageElements yields the elements form, meta and input of an HTML page with their attributes. They
// may have tokens against forged requests.
func PageElements(page []byte, yield func(tag string, attr map[string]string)) {
	z := html.NewTokenizer(bytes.NewReader(page[:min(len(page), maxPage)]))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.StartTagToken, html.SelfClosingTagToken:
		default:
			continue
		}
		name, more := z.TagName()
		tag := string(name)
		if tag != "form" && tag != "meta" && tag != "input" {
			continue
		}
		attr := map[string]string{}
		for more {
			var key, value []byte
			key, value, more = z.TagAttr()
			attr[string(key)] = string(value)
		}
		yield(tag, attr)
	}
}

// MetaToken returns the token in the attributes of a <meta>, "" if it names the field or the header
// that carries one.
func MetaToken(attr map[string]string) string {
	name := strings.ToLower(attr["name"])
	if strings.HasSuffix(name, "param") || strings.HasSuffix(name, "header") {
		return ""
	}
	return attr["content"]
}
