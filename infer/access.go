package infer

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/infer/sketch"
	"github.com/spectap/spectap/infer/wire"
)

// credential is one kind of credential and where it travels. It never holds a value.
type credential struct {
	kind string // "bearer", "jwt", "basic", "digest", "header", "query", "cookie", or maybeHeader
	name string // of the header, query parameter or cookie; "" for the first four
}

// access counts, for one operation, which credentials came together and how it went.
type access struct {
	// tries is keyed by the sorted credentials of a request, "" for none.
	tries map[string]*outcome
	// challenges counts the refusals that asked for a scheme: "bearer", "basic" or "digest".
	challenges map[string]int64
}

// outcome counts answers: passed, or refused for want of (other) credentials with 401 or 403.
type outcome struct{ passed, refused int64 }

// add counts one answer to a request with the credentials of this key.
func (a *access) add(key []byte, status int) {
	o := a.tries[string(key)]
	if o == nil {
		if a.tries == nil {
			a.tries = map[string]*outcome{}
		}
		o = &outcome{}
		a.tries[string(key)] = o
	}
	switch {
	case status == 401 || status == 403:
		o.refused++
	case status < 400:
		o.passed++
	}
}

func (a *access) challenge(scheme string, n int64) {
	if a.challenges == nil {
		a.challenges = map[string]int64{}
	}
	a.challenges[scheme] += n
}

func (a *access) merge(b *access) {
	for scheme, n := range b.challenges {
		a.challenge(scheme, n)
	}
	for k, o := range b.tries {
		if a.tries == nil {
			a.tries = map[string]*outcome{}
		}
		if mine := a.tries[k]; mine != nil {
			mine.passed += o.passed
			mine.refused += o.refused
		} else {
			c := *o
			a.tries[k] = &c
		}
	}
}

func (a *access) append(b []byte) []byte {
	b = wire.Uint(b, uint64(len(a.tries)))
	for _, k := range sortedKeys(a.tries) {
		b = wire.String(b, k)
		b = wire.Uint(b, uint64(a.tries[k].passed))
		b = wire.Uint(b, uint64(a.tries[k].refused))
	}
	b = wire.Uint(b, uint64(len(a.challenges)))
	for _, scheme := range sortedKeys(a.challenges) {
		b = wire.Uint(wire.String(b, scheme), uint64(a.challenges[scheme]))
	}
	return b
}

func (a *access) read(r *wire.Reader) {
	for n := r.Len(); n > 0; n-- {
		if a.tries == nil {
			a.tries = map[string]*outcome{}
		}
		a.tries[r.String()] = &outcome{r.Count(), r.Count()}
	}
	for n := r.Len(); n > 0; n-- {
		a.challenge(r.String(), r.Count())
	}
}

// combos returns the credential sets that are known to open the operation, smallest first: those that passed or were
// never refused (a 404 or 422 says nothing against them), or, when all were, those that were tried. Supersets of one that passed by itself say nothing more.
func (a *access) combos() (sets [][]credential, anonymous bool) {
	passed := false
	for _, o := range a.tries {
		passed = passed || o.passed > 0
	}
	anon := a.tries[""]
	anonymous = anon != nil && (anon.passed > 0 || !passed && anon.refused == 0)
	for _, k := range sortedKeys(a.tries) {
		if o := a.tries[k]; k != "" && (o.passed > 0 || o.refused == 0 || !passed) {
			sets = append(sets, comboOf(k))
		}
	}
	slices.SortStableFunc(sets, func(x, y []credential) int { return cmp.Compare(len(x), len(y)) })
	var least [][]credential
	for _, s := range sets {
		if !slices.ContainsFunc(least, func(l []credential) bool { return containsAll(s, l) }) {
			least = append(least, s)
		}
	}
	return least, anonymous
}

func containsAll(set, part []credential) bool {
	for _, c := range part {
		if !slices.Contains(set, c) {
			return false
		}
	}
	return true
}

// credentialsOf is the key of what a request identifies itself with, good until the next call. It follows from the
// set of credentials.
func (l *learner) credentialsOf(r *flow.Request) []byte {
	out := l.credentials[:0]
	for i := range r.Header {
		h, name := &r.Header[i], l.sent[i]
		switch {
		case h.Value == "":
		case name.lower == "authorization":
			out = append(out, l.authorization(h.Value))
		case name.lower == "cookie":
			for pair := range strings.SplitSeq(h.Value, ";") {
				name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
				if value != "" && isSessionCookie(name) {
					out = append(out, credential{"cookie", name})
				}
			}
		case name.key:
			out = append(out, credential{"header", name.lower})
		case name.maybe:
			out = append(out, credential{maybeHeader, name.lower})
		}
	}
	for pair := range strings.SplitSeq(r.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if value == "" {
			continue
		}
		if name, err := url.QueryUnescape(name); err == nil && isQueryKey(name, value) {
			out = append(out, credential{"query", name})
		}
	}
	sortCredentials(out)
	l.key = comboKey(l.key[:0], slices.Compact(out))
	clear(out)
	l.credentials = out[:0]
	return l.key
}

func sortCredentials(cs []credential) {
	slices.SortFunc(cs, func(a, b credential) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.name, b.name))
	})
}

// token says of a value of an Authorization line, by hash, what it is.
type token struct {
	hash uint64
	is   credential
}

// authorization looks into a value once: clients send theirs again and again.
func (l *learner) authorization(v string) credential {
	h := sketch.Hash(v)
	t := &l.tokens[h%uint64(len(l.tokens))]
	if t.hash != h {
		*t = token{h, authorization(v)}
	}
	return t.is
}

// authorization classifies an Authorization header by its scheme (RFC 9110, section 11.6.2). A scheme OpenAPI
// has no word for is a key in that header, after the scheme's word.
func authorization(v string) credential {
	scheme, rest, _ := strings.Cut(v, " ")
	switch {
	case strings.EqualFold(scheme, "Bearer") && isJWT(rest):
		return credential{kind: "jwt"}
	case strings.EqualFold(scheme, "Bearer"):
		return credential{kind: "bearer"}
	case strings.EqualFold(scheme, "Basic"):
		return credential{kind: "basic"}
	case strings.EqualFold(scheme, "Digest"):
		return credential{kind: "digest"}
	}
	if rest != "" && len(scheme) <= maxSchemeWord && call.IsPlainName(scheme) && !redact.Sensitive("", scheme) {
		return credential{"header", "authorization " + strings.ToLower(scheme)}
	}
	return credential{"header", "authorization"}
}

// maxSchemeWord bounds the names of schemes that are told: "AWS4-HMAC-SHA256" is one, a token is longer.
const maxSchemeWord = 20

// isJWT says whether a token is three base64url parts of which the first is a JSON object (RFC 7519).
func isJWT(s string) bool {
	head, rest, ok := strings.Cut(strings.TrimSpace(s), ".")
	if !ok || strings.Count(rest, ".") != 1 {
		return false
	}
	b, err := base64.RawURLEncoding.DecodeString(head)
	var fields map[string]any
	return err == nil && json.Unmarshal(b, &fields) == nil && (fields["alg"] != nil || fields["typ"] != nil)
}

// isKeyName says whether a header or parameter of this name carries an API key or token. Anti-forgery and
// idempotency tokens do not identify the caller.
func isKeyName(name string) bool {
	if len(name) > maxKeyName || !hasKeyPart(name) {
		return false
	}
	n := squeeze(name)
	for _, not := range []string{"csrf", "xsrf", "idempot", "page", "next", "sync", "continu", "cursor"} {
		if strings.Contains(n, not) {
			return false
		}
	}
	for _, end := range []string{"apikey", "appkey", "applicationkey", "accesskey", "subscriptionkey", "licensekey",
		"authkey", "secretkey", "privatekey", "authtoken", "accesstoken", "apitoken", "sessiontoken", "securitytoken",
		"usertoken", "privatetoken", "jobtoken", "clientsecret", "appsecret", "apisecret", "xauth", "xtoken"} {
		if strings.HasSuffix(n, end) {
			return true
		}
	}
	return false
}

// maxKeyName bounds the names that are looked at.
const maxKeyName = 100

// hasKeyPart is a quick test that most names fail.
func hasKeyPart(name string) bool {
	for i := 0; i+3 <= len(name); i++ {
		switch name[i] | 0x20 {
		case 'k', 't', 's', 'a':
			if p := name[i:]; foldPrefix(p, "key") || foldPrefix(p, "token") || foldPrefix(p, "secret") || foldPrefix(p, "auth") {
				return true
			}
		}
	}
	return false
}

func foldPrefix(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// squeeze drops case and separators: "X-Api-Key" and "x_api_key" are one name.
func squeeze(name string) string {
	b := make([]byte, 0, len(name))
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '-' || c == '_' || c == '.':
		case c >= 'A' && c <= 'Z':
			b = append(b, c|0x20)
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

// isQueryKey is isKeyName with the short names that only queries use, for values long enough to be a secret.
func isQueryKey(name, value string) bool {
	if isKeyName(name) {
		return true
	}
	if len(value) < 16 || len(name) > len("signature") {
		return false
	}
	switch strings.ToLower(name) {
	case "key", "token", "auth", "sig", "signature":
		return true
	}
	return false
}

// isSessionCookie says whether a cookie identifies a session.
func isSessionCookie(name string) bool {
	n := strings.ToLower(name)
	if strings.Contains(n, "csrf") || strings.Contains(n, "xsrf") {
		return false
	}
	for _, part := range []string{"sess", "auth", "token", "jwt"} {
		if strings.Contains(n, part) {
			return true
		}
	}
	return n == "sid" || strings.HasSuffix(n, ".sid") || strings.HasSuffix(n, "_sid") || strings.HasSuffix(n, "-sid")
}

// comboKey appends a key to b that comboOf reads back.
func comboKey(b []byte, cs []credential) []byte {
	for _, c := range cs {
		b = append(append(append(append(b, c.kind...), 0), c.name...), 1)
	}
	return b
}

func comboOf(key string) []credential {
	var out []credential
	for part := range strings.SplitSeq(strings.TrimSuffix(key, "\x01"), "\x01") {
		kind, name, _ := strings.Cut(part, "\x00")
		out = append(out, credential{kind, name})
	}
	return out
}
