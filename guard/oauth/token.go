package oauth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/jsonvalue"
)

// Token is the content of a valid access token.
type Token struct {
	Issuer  string
	Subject string
	// Client is the program to which the token was issued, or "".
	Client string
	// Scopes are the scopes that the token grants, sorted.
	Scopes []string
	// Expires is the time from which the token is refused.
	Expires time.Time
	// Claims are all claims of the token. Numbers are json.Number.
	Claims map[string]any
}

// Name returns a unique name of the subject: the issuer, # and the subject. Neither an issuer nor
// the name of a grant contains #.
func (t *Token) Name() string { return t.Issuer + "#" + t.Subject }

// Bounds of tokens.
const (
	maxToken   = 16 << 10 // bytes
	maxSubject = 255      // bytes; OpenID Connect, section 2
	maxScopes  = 100
)

// header is the decoded header of a token.
type header struct {
	algorithm string
	kid       string // or ""
}

// parse reads a token without checking its signature.
func (v *Verifier) parse(token string) (header, *jose.JSONWebSignature, error) {
	var h header
	if len(token) > maxToken {
		return h, nil, fmt.Errorf("it has more than %d bytes", maxToken)
	}
	text, ok := split(token)
	if !ok {
		return h, nil, errors.New("it is no signed JWT")
	}
	members, err := object(text)
	if err != nil {
		return h, nil, fmt.Errorf("its header %w", err)
	}
	if _, ok := members["crit"]; ok {
		return h, nil, errors.New("its header has crit, which names extensions that are not known here")
	}
	typ := ""
	for name, to := range map[string]*string{"typ": &typ, "kid": &h.kid} {
		if v, there := members[name]; there {
			if *to, ok = v.(string); !ok {
				return h, nil, errors.New("its header has a typ or kid that is no text")
			}
		}
	}
	if err := v.checkType(typ); err != nil {
		return h, nil, err
	}
	h.algorithm, _ = members["alg"].(string)
	if !slices.Contains(v.c.Algorithms, h.algorithm) {
		return h, nil, errors.New("its algorithm is not one of those that are accepted")
	}
	signed, err := jose.ParseSignedCompact(token, v.algorithms)
	if err != nil || len(signed.Signatures) != 1 {
		return h, nil, errors.New("it is no signed JWT")
	}
	return h, signed, nil
}

// split returns the decoded header of a token. It decodes base64 strictly: otherwise line ends and
// the last bits would be ignored, so that a token would have many spellings.
func split(token string) (header []byte, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || strings.ContainsAny(token, "\r\n") {
		return nil, false
	}
	for i, part := range parts {
		decoded, err := base64.RawURLEncoding.Strict().DecodeString(part)
		if err != nil {
			return nil, false
		}
		if i == 0 {
			header = decoded
		}
	}
	return header, true
}

// checkType refuses tokens that are not access tokens (RFC 9068, section 4; RFC 8725, section
// 3.11).
func (v *Verifier) checkType(typ string) error {
	switch strings.TrimPrefix(strings.ToLower(typ), "application/") {
	case "at+jwt":
		return nil
	case "jwt", "":
		if v.c.AnyType {
			return nil
		}
		return errors.New("its type is not at+jwt, so that it may be an ID token")
	}
	return errors.New("its type is that of another kind of token")
}

// object decodes a JSON object strictly: valid UTF-8, and no repeated member at any depth.
func object(text []byte) (map[string]any, error) {
	v := jsontext.Value(text)
	if !v.IsValid() || v.Kind() != '{' { // jsontext refuses both by default
		return nil, errors.New("is no JSON object, or has a member twice")
	}
	members, _ := jsonvalue.Decode(v).(map[string]any)
	return members, nil
}

// claims checks the claims of a signed token.
func (v *Verifier) claims(payload []byte) (*Token, error) {
	c, err := object(payload)
	if err != nil {
		return nil, fmt.Errorf("its payload %w", err)
	}
	if issuer, _ := c["iss"].(string); issuer != v.c.Issuer {
		return nil, errors.New("it is of another issuer")
	}
	if !isFor(c["aud"], v.c.Audience) {
		return nil, errors.New("it is for another audience")
	}
	expires, err := v.checkTimes(c)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"at_hash", "c_hash"} {
		if _, ok := c[name]; ok {
			return nil, errors.New("it is an ID token")
		}
	}
	if _, ok := c["cnf"]; ok {
		return nil, errors.New("it is bound to a key (cnf), which a bearer token does not prove")
	}
	subject, _ := c["sub"].(string)
	if !isSubject(subject) {
		return nil, errors.New("its sub is missing, too long, or has characters that are not printable ASCII")
	}
	t := &Token{Issuer: v.c.Issuer, Subject: subject, Expires: expires, Claims: c}
	for _, name := range []string{"client_id", "azp"} {
		if t.Client, _ = c[name].(string); t.Client != "" {
			break
		}
	}
	t.Scopes, err = scopes(c)
	return t, err
}

// isFor reports whether aud names an audience (RFC 7519, section 4.1.3).
func isFor(aud any, audience string) bool {
	switch aud := aud.(type) {
	case string:
		return aud == audience
	case []any:
		isOther := func(x any) bool { _, isText := x.(string); return !isText }
		return slices.Contains(aud, any(audience)) && !slices.ContainsFunc(aud, isOther)
	}
	return false
}

func isSubject(s string) bool {
	return s != "" && len(s) <= maxSubject && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// checkTimes checks that a token is valid now, and returns its expiry.
func (v *Verifier) checkTimes(c map[string]any) (expires time.Time, err error) {
	now := v.clock.now()
	expires, ok, err := date(c, "exp")
	switch {
	case err != nil:
		return expires, err
	case !ok:
		return expires, errors.New("it has no exp, and would be valid for ever")
	}
	expires = expires.Add(Skew)
	if !now.Before(expires) {
		return expires, errors.New("it has expired")
	}
	for _, name := range []string{"nbf", "iat"} {
		from, ok, err := date(c, name)
		switch {
		case err != nil:
			return expires, err
		case ok && now.Add(Skew).Before(from):
			return expires, errors.New("it is not valid yet: the clocks here and of the issuer may differ")
		}
	}
	return expires, nil
}

// maxDate bounds dates: a larger number cannot be a date in seconds.
const maxDate = 1e11

// date returns a claim that is a NumericDate.
func date(c map[string]any, name string) (t time.Time, ok bool, err error) {
	v, ok := c[name]
	if !ok {
		return t, false, nil
	}
	n, ok := v.(json.Number)
	if !ok {
		return t, false, fmt.Errorf("its %s is no number", name)
	}
	seconds, err := n.Float64()
	if err != nil || math.Abs(seconds) > maxDate {
		return t, false, fmt.Errorf("its %s is no date", name)
	}
	integer, fraction := math.Modf(seconds)
	return time.Unix(int64(integer), int64(fraction*1e9)), true, nil
}

// scopes returns the scopes that a token grants: a space-separated string in scope (RFC 9068,
// section 2.2.3), or, with many issuers, a list in scope or scp.
func scopes(c map[string]any) ([]string, error) {
	v, ok := c["scope"]
	if !ok {
		v, ok = c["scp"]
	}
	if !ok {
		return nil, nil
	}
	var all []string
	switch v := v.(type) {
	case string:
		// Only spaces separate scopes: a single scope of the issuer must not become two.
		all = strings.FieldsFunc(v, func(c rune) bool { return c == ' ' })
	case []any:
		for _, x := range v {
			s, _ := x.(string)
			all = append(all, s)
		}
	default:
		return nil, errors.New("its scope is neither a text nor a list")
	}
	if len(all) > maxScopes || slices.ContainsFunc(all, func(s string) bool { return !IsScope(s) }) {
		return nil, fmt.Errorf("it has more than %d scopes, or one that is no scope", maxScopes)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// lacks returns the first of the needed scopes that a token does not grant.
func (t *Token) lacks(needed []string) string {
	for _, s := range needed {
		if !slices.Contains(t.Scopes, s) {
			return s
		}
	}
	return ""
}

// Has reports whether a claim is a value, or a list that contains it: a string, number or boolean.
// scope means the granted scopes. A name with dots that is not itself a claim is a path into
// objects.
func (t *Token) Has(claim, value string) bool {
	if claim == "scope" {
		return slices.Contains(t.Scopes, value)
	}
	v, _ := t.Claim(claim)
	if list, ok := v.([]any); ok {
		return slices.ContainsFunc(list, func(v any) bool { return isText(v, value) })
	}
	return isText(v, value)
}

// Claim returns a claim. A name with dots that is not itself a claim is a path into objects.
func (t *Token) Claim(name string) (any, bool) {
	if v, ok := t.Claims[name]; ok {
		return v, true
	}
	return jsonvalue.At(t.Claims, strings.Split(name, ".")...)
}

// isText reports whether a string, number or boolean is written as this text.
func isText(v any, text string) bool {
	switch v := v.(type) {
	case string:
		return v == text
	case json.Number:
		return v.String() == text
	case bool:
		return strconv.FormatBool(v) == text
	}
	return false
}

// ExpiryOf returns the expiry that a token states, if it is a JWT. It verifies nothing: it is for
// the holder of a token.
func ExpiryOf(token string) (time.Time, bool) {
	t, ok, err := date(claimsOf(token), "exp")
	return t, ok && err == nil
}

// claimsOf returns the claims of a token, nil if it is no JWT. It verifies nothing.
func claimsOf(token string) map[string]any {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || len(token) > maxToken {
		return nil
	}
	text, _ := base64.RawURLEncoding.Strict().DecodeString(parts[1])
	claims, _ := object(text)
	return claims
}
