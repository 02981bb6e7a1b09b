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
	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/varint"
)

// Passed counts the secret values that answers of a host give and requests carry back: tokens of
// sign-ins, tokens against forged requests. It counts apart the cookies that sign-ins set, since
// requests carry a cookie under the name that it was set with. Its zero value is ready. It is not
// safe for concurrent use.
type Passed struct {
	credentials, tokens values
	cookies             *bottomk.Counts // places of cookies in the answers to requests with a password
}

// values are hashes of values. Of all values, those with the smallest hashes are kept, so that the
// order of flows does not matter. Its zero value is ready.
type values struct {
	passages map[uint64]*passage
	most     uint64 // the largest hash, once passages is full
}

// passage has the places where one value was given and sent, as [place] encodes them.
type passage struct{ given, sent *bottomk.Counts }

// Bounds of what is kept, and of what is looked at in one message.
const (
	maxPassages = 512
	maxCookies  = 32
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
func (v *values) at(h uint64) *passage {
	if x := v.passages[h]; x != nil || v.most != 0 && h > v.most {
		return x
	}
	if v.passages == nil {
		v.passages = map[uint64]*passage{}
	}
	v.passages[h] = newPassage()
	if len(v.passages) > maxPassages {
		delete(v.passages, v.largest())
	}
	if len(v.passages) == maxPassages {
		v.most = v.largest()
	}
	return v.passages[h]
}

func (v *values) largest() uint64 { return slices.Max(slices.Collect(maps.Keys(v.passages))) }

func (v *values) merge(o *values) {
	for h, theirs := range o.passages {
		if x := v.at(h); x != nil {
			x.given.Merge(theirs.given)
			x.sent.Merge(theirs.sent)
		}
	}
}

func (v *values) code(c *varint.Coder) {
	varint.Map(c, &v.passages, math.MaxInt, 1, func(h *uint64) { c.Word(h) }, func(x **passage) {
		if *x == nil {
			*x = newPassage()
		}
		(*x).given.Code(c)
		(*x).sent.Code(c)
	})
	if len(v.passages) == maxPassages {
		v.most = v.largest()
	}
}

// Merge adds the facts of o. It keeps nothing of it.
func (p *Passed) Merge(o *Passed) {
	p.credentials.merge(&o.credentials)
	p.tokens.merge(&o.tokens)
	if o.cookies != nil {
		bottomk.Ensure(&p.cookies, maxCookies).Merge(o.cookies)
	}
}

// Code encodes the facts. It decodes into a zero value.
func (p *Passed) Code(c *varint.Coder) {
	p.credentials.code(c)
	p.tokens.code(c)
	bottomk.Ensure(&p.cookies, maxCookies).Code(c)
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
	method, header := f.Request.Method, f.Response.Header
	isRead := method == "GET" || method == "HEAD"
	carried := p.learnRequest(&f.Request, lines, request)
	if f.Response.Status >= 400 || len(f.Request.Path) > maxSignWord {
		return
	}
	asks := !isRead && asksForPassword(&f.Request, request)
	if asks {
		method = signsIn + method
	}
	at := func(kind, name string) string {
		return place(method, f.Request.Path+call.VariantOf(f).Fragment(), kind, name)
	}
	give := func(v *values, kind, name, value string) {
		isEcho := v == &p.credentials && slices.Contains(carried, hashOf(value)) // who has it needs no source
		if isPassable(value) && len(name) <= headers.MaxName && !isEcho {
			if x := v.at(hashOf(value)); x != nil {
				bottomk.Tally(x.given, at(kind, name))
			}
		}
	}
	for _, h := range header {
		switch lower := strings.ToLower(h.Name); {
		case lower == "set-cookie":
			if name, value, _ := setCookie(h.Value); headers.IsAntiForgery(name) {
				give(&p.tokens, kindCookie, name, value)
			}
		case headers.IsAntiForgery(lower):
			give(&p.tokens, kindHeader, headers.Spelling(h.Name), h.Value)
		case headers.IsKeyName(h.Name) || !isRead && isTokenName(lower):
			give(&p.credentials, kindHeader, headers.Spelling(h.Name), lastWord(h.Value))
		}
	}
	if asks {
		for _, name := range sessionsIn(header) {
			bottomk.Tally(bottomk.Ensure(&p.cookies, maxCookies), at(kindCookie, name))
		}
		give(&p.credentials, inMember, "", WholeToken(response))
	}
	switch kind := decode.Kind(header.MediaType(), response); {
	case strings.Contains(kind, "html") && isRead && containsAny(response, "srf", "SRF", "oken", "orgery"):
		PageElements(response, func(tag string, attr map[string]string) {
			if in, value := ElementToken(tag, attr); headers.IsAntiForgery(attr["name"]) {
				give(&p.tokens, in, attr["name"], value)
			}
		})
	case decode.IsJSON(kind) && len(response) <= maxAnswer && (asks || containsAny(response, "srf", "SRF") ||
		(!isRead || len(carried) == 0) && containsAny(response, "oken", "jwt", "JWT", `"eyJ`) ||
		strings.Contains(strings.ToLower(f.Request.Path), "srf")):
		eachToken(response, func(pointer, name, value string) {
			if pointer != "" && (asks || isTokenName(name) || isJWT(value)) {
				give(&p.tokens, inMember, pointer, value)
				give(&p.credentials, inMember, pointer, value)
			}
		})
	}
}

// WholeToken returns the token that a body is, as text or a string of JSON, "" if it is none: the
// sign-in of Dependency-Track answers so.
func WholeToken(body []byte) string {
	text := strings.Trim(strings.TrimSpace(string(body[:min(len(body), maxAnswer)])), `"`)
	if !isPassable(text) || strings.ContainsAny(text, "{}[]<>\"\n") {
		return ""
	}
	return text
}

// learnRequest adds what a request carries, and returns the hashes of it.
func (p *Passed) learnRequest(r *flow.Request, lines []*headers.Info, body []byte) (carried []uint64) {
	carry := func(v *values, kind, name, value string) {
		if isPassable(value) && len(name) <= headers.MaxName {
			carried = append(carried, hashOf(value))
			if x := v.at(carried[len(carried)-1]); x != nil {
				bottomk.Tally(x.sent, place("", "", kind, name))
			}
		}
	}
	for i, info := range lines {
		switch value := r.Header[i].Value; {
		case info.Lower == "authorization":
			c := withoutFormat(classifyAuthorization(value))
			carry(&p.credentials, c.Kind, c.Name, lastWord(value))
		case info.Lower == "cookie":
			for pair := range strings.SplitSeq(value, ";") {
				if name, value, _ := strings.Cut(strings.TrimSpace(pair), "="); headers.IsAntiForgery(name) {
					carry(&p.tokens, kindCookie, name, value)
				}
			}
		case headers.IsAntiForgery(info.Lower):
			carry(&p.tokens, kindHeader, info.Lower, value)
		case info.IsKey || info.MayBeKey:
			carry(&p.credentials, kindHeader, info.Lower, value)
		}
	}
	for q := range decode.Pairs(r.RawQuery) {
		if IsQueryKey(q.Name, q.Value) {
			carry(&p.credentials, kindQuery, q.Name, q.Value)
		}
	}
	if decode.IsForm(r.Header.MediaType()) && len(body) <= maxAnswer {
		for q := range decode.Pairs(string(body)) {
			if headers.IsAntiForgery(q.Name) {
				carry(&p.tokens, inField, q.Name, q.Value)
			}
		}
	}
	return carried
}

// setCookie returns the name and the value of a cookie that an answer sets, and whether it is out
// of the reach of scripts.
func setCookie(line string) (name, value string, isHTTPOnly bool) {
	pair, attributes, _ := strings.Cut(line, ";")
	name, value, _ = strings.Cut(strings.TrimSpace(pair), "=")
	return name, value, strings.Contains(strings.ToLower(attributes), "httponly")
}

// sessionsIn returns the names of the cookies of an answer that may be sessions. If scripts cannot
// read some, the others are for scripts: settings, a cart.
func sessionsIn(h flow.Header) []string {
	names := map[bool][]string{} // by whether scripts cannot read the cookie
	for _, line := range h.Values("Set-Cookie") {
		name, value, isHTTPOnly := setCookie(line)
		isOpaque := headers.IsSessionCookie(name) || len(value) >= 2*minToken || redact.IsSensitive("", value)
		isOther := headers.IsTrackingCookie(name) || headers.IsAntiForgery(name)
		if isOpaque && !isOther && value != "" && len(name) <= headers.MaxName {
			names[isHTTPOnly] = append(names[isHTTPOnly], name)
		}
	}
	if len(names[true]) > 0 {
		return names[true]
	}
	return names[false]
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

// tokenWords are parts of the names of members and headers that hold tokens.
// Names with one of the notTokens are of pages and of repeated requests.
var (
	tokenWords = []string{"token", "jwt", "csrf", "xsrf", "session", "secret", "key", "auth"}
	notTokens  = []string{"page", "next", "sync", "continu", "cursor", "idempot"}
)

func isTokenName(name string) bool {
	n := strings.ToLower(name)
	isPart := func(w string) bool { return strings.Contains(n, w) }
	return slices.ContainsFunc(tokenWords, isPart) && !slices.ContainsFunc(notTokens, isPart)
}

// eachToken yields the JSON Pointers, names and values of the texts in a body. It leaves out what
// is below a name that may be data of a person.
func eachToken(data []byte, yield func(pointer, name, value string)) {
	var v any
	if json.Unmarshal(data, &v) == nil {
		walkTokens("", "", v, 0, yield)
	}
}

func walkTokens(pointer, name string, v any, depth int, yield func(pointer, name, value string)) {
	switch v := v.(type) {
	case string:
		yield(pointer, name, v)
	case []any:
		if len(v) > 0 && depth < maxDepth {
			walkTokens(pointer+jsonvalue.Pointer("0"), name, v[0], depth+1, yield)
		}
	case map[string]any:
		for name, member := range v {
			if depth <= maxDepth && (noun.IsEnglish(name) || noun.IsIdentifier(name) && isTokenName(name)) {
				walkTokens(pointer+jsonvalue.Pointer(name), name, member, depth+1, yield)
			}
		}
	}
}

// Parts of the names of fields that ask for what only the owner of an account knows, and last words
// of such names. codeWords accompany a password.
var (
	passwordParts = []string{"password", "passwd", "passwort", "kennwort", "contrase", "senha", "motdepasse", "mot_de_passe"}
	passwordWords = []string{"pass", "pwd", "passphrase"}
	codeWords     = []string{"pin", "otp", "passcode"}
)

// asksForPassword reports whether a request has one field with a password, or asks for a token of
// OAuth. One with several changes a password, or makes an account.
func asksForPassword(r *flow.Request, body []byte) bool {
	if len(body) > maxAnswer || !containsAny(body, "pass", "Pass", "PASS", "pwd", "grant", "ennwort", "ontrase", "enha", `pin"`, "pin=", `otp"`, "otp=") { // most bodies
		return false
	}
	passwords, codes, isGrant := 0, 0, false
	add := func(name string) {
		name = strings.TrimRight(strings.ToLower(name), "]")
		words := noun.Words(name)
		isLast := func(list []string) bool { return len(words) > 0 && slices.Contains(list, words[len(words)-1]) }
		switch {
		case name == "grant_type" || name == "granttype":
			isGrant = true
		case isLast(passwordWords) || slices.ContainsFunc(passwordParts, func(w string) bool { return strings.Contains(name, w) }):
			passwords++
		case isLast(codeWords):
			codes++
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
	return isGrant || passwords == 1 || passwords == 0 && codes == 1
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

// ElementToken returns the token that an element of a page may have, and where, as [Source] says
// it. Both are "" if there is none: some <meta> name the field or the header that carries one.
func ElementToken(tag string, attr map[string]string) (in, value string) {
	name := strings.ToLower(attr["name"])
	switch {
	case tag == "input":
		return inHidden, attr["value"]
	case tag == "meta" && !strings.HasSuffix(name, "param") && !strings.HasSuffix(name, "header"):
		return inMeta, attr["content"]
	}
	return "", ""
}
