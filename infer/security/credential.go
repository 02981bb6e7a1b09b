// Package security infers how the operations of an API authenticate their callers: which
// credentials requests carry, which of them the server demands, and where tokens come from.
//
// Facts are counted per operation in [Access] and [OAuth]; [Decide] turns the facts of all
// operations into security schemes and requirements. The package never keeps the value of a
// credential.
//
// Read access.go first.
package security

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/flow/redact/judge"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/headers"
)

// Kinds of credentials. "jwt" is a bearer token that is a JSON Web Token.
const (
	kindBearer = "bearer"
	kindJWT    = "jwt"
	kindBasic  = "basic"
	kindDigest = "digest"
	kindHeader = "header"
	kindQuery  = "query"
	kindCookie = "cookie"

	// Headers and query parameters that by their names may be keys of the API, or of a cache or
	// partition, and cookies that may be sessions or settings.
	kindMaybe       = "maybe"
	kindMaybeQuery  = "maybe query"
	kindMaybeCookie = "maybe cookie"
)

// Credential is a kind of credential and where requests carry it. It never holds a value.
type Credential struct {
	// Kind is "bearer", "jwt", "basic", "digest", "header", "query", "cookie", or one of the three
	// that begin with "maybe": a header, query parameter or cookie that may be no credential.
	Kind string
	// Name is the name of the header, query parameter or cookie, "" for the first four kinds.
	Name string
}

func compareCredentials(a, b Credential) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
}

// appendKey appends a string that identifies a set of credentials, which are sorted.
// [credentialsOf] reads it.
func appendKey(b []byte, set []Credential) []byte {
	for _, c := range set {
		b = append(append(append(append(b, c.Kind...), 0), c.Name...), 1)
	}
	return b
}

// credentialsOf returns the set of credentials that a key identifies, nil for "".
func credentialsOf(key string) (set []Credential) {
	if key == "" {
		return nil
	}
	for text := range strings.SplitSeq(strings.TrimSuffix(key, "\x01"), "\x01") {
		kind, name, _ := strings.Cut(text, "\x00")
		set = append(set, Credential{kind, name})
	}
	return set
}

// Reader reads the credentials of requests. It reuses memory and caches Authorization values by
// hash, since clients repeat theirs. Its zero value is ready. It is not safe for concurrent use.
type Reader struct {
	set            []Credential
	key            []byte
	authorizations [128]authorization
}

// authorization is the credential in an Authorization value with this hash.
type authorization struct {
	hash       uint64
	credential Credential
}

// Key returns the key of the credentials that a request carries, for [Access.Add]. It is valid
// until the next call. lines classify the request's header lines.
func (r *Reader) Key(request *flow.Request, lines []*headers.Info) []byte {
	set := r.set[:0]
	for i := range request.Header {
		h, info := &request.Header[i], lines[i]
		switch {
		case h.Value == "":
		case info.Lower == "authorization":
			set = append(set, r.authorization(h.Value))
		case info.Lower == "cookie":
			set = appendCookies(set, h.Value)
		case info.IsKey:
			set = append(set, Credential{kindHeader, info.Lower})
		case info.MayBeKey:
			set = append(set, Credential{kindMaybe, info.Lower})
		}
	}
	set = appendQuery(set, request.RawQuery)
	slices.SortFunc(set, compareCredentials)
	r.key = appendKey(r.key[:0], slices.Compact(set))
	clear(set)
	r.set = set[:0]
	return r.key
}

// Carried returns those of the schemes whose credentials a request with this key carries.
func Carried(key string, schemes []Scheme) (carried []Scheme) {
	places := map[string]bool{}
	for _, c := range credentialsOf(key) {
		c.Kind = cmp.Or(certain[c.Kind], c.Kind)
		places[schemeOf(withoutFormat(c)).Place()] = true
	}
	for _, s := range schemes {
		if places[s.Place()] {
			carried = append(carried, s)
		}
	}
	return carried
}

// appendCookies appends the session cookies in a Cookie value, and those that may be one.
func appendCookies(set []Credential, value string) []Credential {
	maybe := 0
	for pair := range strings.SplitSeq(value, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		switch {
		case value != "" && headers.IsSessionCookie(name):
			set = append(set, Credential{kindCookie, name})
		case isPassable(value) && maybe < maxMaybeCookies && headers.IsParamCookie(name):
			maybe++
			set = append(set, Credential{kindMaybeCookie, name})
		}
	}
	return set
}

// maxMaybeCookies bounds the cookies of one request that may be sessions.
const maxMaybeCookies = 4

// appendQuery appends the keys in a query string.
func appendQuery(set []Credential, rawQuery string) []Credential {
	for q := range decode.Pairs(rawQuery) {
		if q.Value != "" && IsQueryKey(q.Name, q.Value) {
			set = append(set, Credential{kindQuery, q.Name})
		} else if len(q.Value) >= minToken && mayAccompany(q.Name) && !judge.IsOrdinary(q.Name, q.Value) {
			set = append(set, Credential{kindMaybeQuery, q.Name})
		}
	}
	return set
}

// authorization returns the credential in an Authorization value.
func (r *Reader) authorization(value string) Credential {
	h := bottomk.Hash(value)
	a := &r.authorizations[h%uint64(len(r.authorizations))]
	if a.hash != h {
		*a = authorization{h, classifyAuthorization(value)}
	}
	return a.credential
}

// connectionScheme returns the scheme of a credential that signs in a connection, "" for others.
// Requests that follow on the connection have no credentials.
func (c Credential) connectionScheme() string {
	if word, ok := strings.CutPrefix(c.Name, authorizationWord); ok && c.Kind == kindHeader {
		return flow.ConnectionScheme(word)
	}
	return ""
}

// authorizationWord precedes the scheme in the name of a key in Authorization.
const authorizationWord = "authorization "

// maxScheme bounds the authentication schemes that are named: "AWS4-HMAC-SHA256" is one, a token is
// longer.
const maxScheme = 20

// classifyAuthorization returns the credential in an Authorization value by its scheme (RFC 9110,
// section 11.6.2). For a scheme that OpenAPI does not define it is a key in that header, after the
// name of the scheme.
func classifyAuthorization(value string) Credential {
	scheme, rest, _ := strings.Cut(value, " ")
	switch {
	case strings.EqualFold(scheme, "Bearer") && isJWT(rest):
		return Credential{Kind: kindJWT}
	case strings.EqualFold(scheme, "Bearer"):
		return Credential{Kind: kindBearer}
	case strings.EqualFold(scheme, "Basic"):
		return Credential{Kind: kindBasic}
	case strings.EqualFold(scheme, "Digest"):
		return Credential{Kind: kindDigest}
	}
	if rest != "" && len(scheme) <= maxScheme && call.IsPlainName(scheme) && !redact.IsSensitive("", scheme) {
		return Credential{kindHeader, authorizationWord + strings.ToLower(scheme)}
	}
	return Credential{kindHeader, "authorization"}
}

// isJWT reports whether a token has three base64url parts, of which the first is a JSON object with
// "alg" or "typ" (RFC 7519).
func isJWT(token string) bool {
	header, rest, ok := strings.Cut(strings.TrimSpace(token), ".")
	if !ok || strings.Count(rest, ".") != 1 {
		return false
	}
	b, err := base64.RawURLEncoding.DecodeString(header)
	var fields map[string]any
	return err == nil && json.Unmarshal(b, &fields) == nil && (fields["alg"] != nil || fields["typ"] != nil)
}

// IsQueryKey reports whether a query parameter is a key. It knows the names of headers, and short
// names that only queries use, for values that are long enough for a secret. A value that redaction
// shows although its name is that of a key is none.
func IsQueryKey(name, value string) bool {
	isShort := len(value) >= 16 && len(name) <= len("signature") &&
		slices.Contains([]string{"key", "token", "auth", "sig", "signature"}, strings.ToLower(name))
	return (isShort || headers.IsKeyName(name)) && !judge.IsOrdinary(name, value)
}
