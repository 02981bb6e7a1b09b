package security

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/infer/bottomk"
)

// Signs of OAuth 2.0 that facts count. Those that end in a space precede a word.
const (
	signGrant     = "grant "     // a grant type that the endpoint answered with a token (RFC 6749, section 5.1)
	signResponse  = "response "  // a response type that the endpoint was called with (RFC 6749, section 3.1.1)
	signChallenge = "challenge " // a method of Proof Key for Code Exchange (RFC 7636, section 4.3)
	signDevice    = "device"     // a response with codes for a device (RFC 8628, section 3.2)
	signDiscovery = "discovery"  // a response with a provider's configuration (OpenID Connect Discovery 1.0, section 4)
	signEndpoint  = "endpoint "  // an endpoint in such a configuration: field and URL
)

const (
	maxSignWord = 200 // bytes of a sign's word: grant types and URLs are no longer
	maxSigns    = 16
	maxScopes   = 200
)

// OAuth counts what the exchanges of one operation show about OAuth 2.0. Make one with [NewOAuth].
type OAuth struct {
	// Signs counts signs such as "grant password".
	Signs *bottomk.Counts
	// Scopes counts the names of scopes.
	Scopes *bottomk.Counts
}

// NewOAuth returns empty counts.
func NewOAuth() OAuth {
	return OAuth{Signs: bottomk.New[*bottomk.Count](maxSigns), Scopes: bottomk.New[*bottomk.Count](maxScopes)}
}

// Merge adds the counts of p. It keeps nothing of p.
func (o *OAuth) Merge(p *OAuth) {
	o.Signs.Merge(p.Signs)
	o.Scopes.Merge(p.Scopes)
}

// IsAuthorization reports whether browsers were sent to the operation to authorize a client (RFC
// 6749, section 3.1).
func (o *OAuth) IsAuthorization() bool {
	return slices.ContainsFunc(o.Signs.Names(), func(sign string) bool { return strings.HasPrefix(sign, signResponse) })
}

// IsOAuthField reports whether a string at the top level of a body can identify an endpoint of
// OAuth 2.0.
func IsOAuthField(name string) bool {
	return slices.Contains([]string{"grant_type", "access_token", "scope", "device_code", "user_code", "issuer", "scopes_supported",
		"authorization_endpoint", "token_endpoint", "device_authorization_endpoint"}, name)
}

// Learn counts the signs of OAuth 2.0 in a flow. request and response hold the values of the fields
// for which [IsOAuthField] is true. It keeps no tokens, codes or secrets.
func (o *OAuth) Learn(f *flow.Flow, request, response map[string]string) {
	if isRefused(f.Response.Status) {
		for _, v := range f.Response.Header.Values("WWW-Authenticate") {
			o.learnScopes(quotedParam(v, "scope"))
		}
	}
	if f.Response.Status >= 400 {
		return
	}
	if request["grant_type"] != "" && response["access_token"] != "" {
		o.sign(signGrant, request["grant_type"])
		o.learnScopes(request["scope"])
		o.learnScopes(response["scope"])
	}
	if response["device_code"] != "" && response["user_code"] != "" {
		o.sign(signDevice, "")
		o.learnScopes(request["scope"])
	}
	if response["issuer"] != "" && response["token_endpoint"] != "" {
		o.sign(signDiscovery, "")
		o.learnScopes(response["scopes_supported"])
		for _, field := range []string{"authorization_endpoint", "token_endpoint", "device_authorization_endpoint"} {
			if isWebURL(response[field]) {
				o.sign(signEndpoint, field+" "+response[field])
			}
		}
	}
	if f.Request.Method == "GET" && strings.Contains(f.Request.RawQuery, "response_type=") {
		o.learnAuthorization(f.Request.RawQuery)
	}
}

// learnAuthorization counts the signs in the query string of an authorization request.
func (o *OAuth) learnAuthorization(rawQuery string) {
	q, err := url.ParseQuery(rawQuery)
	if err != nil || q.Get("client_id") == "" {
		return
	}
	o.sign(signResponse, q.Get("response_type"))
	if q.Get("code_challenge") != "" {
		o.sign(signChallenge, cmp.Or(q.Get("code_challenge_method"), "plain"))
	}
	o.learnScopes(q.Get("scope"))
}

func (o *OAuth) sign(kind, word string) {
	if len(word) <= maxSignWord {
		bottomk.Tally(o.Signs, kind+word)
	}
}

// scopeSeparators replaces the characters that names of scopes have in addition to those of plain
// names.
var scopeSeparators = strings.NewReplacer(":", "_", "/", "_", "*", "_")

// learnScopes counts the names in a list of scopes.
func (o *OAuth) learnScopes(list string) {
	for _, s := range strings.FieldsFunc(list, func(r rune) bool { return r == ' ' || r == ',' }) {
		if call.IsPlainName(scopeSeparators.Replace(s)) {
			bottomk.Tally(o.Scopes, s)
		}
	}
}

func isRefused(status int) bool { return status == 401 || status == 403 }

func isWebURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") &&
		u.Host != "" && u.User == nil && u.RawQuery == ""
}

// quotedParam returns the value of a quoted parameter of a challenge (RFC 9110, section 11.2).
func quotedParam(challenge, name string) string {
	_, rest, _ := strings.Cut(challenge, name+`="`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// Challenges returns the schemes that a refusal demands in WWW-Authenticate, of "bearer", "basic",
// "digest" and those of [flow.ConnectionScheme].
func Challenges(r *flow.Response) (schemes []string) {
	if !isRefused(r.Status) {
		return nil
	}
	for _, v := range r.Header.Values("WWW-Authenticate") {
		for challenge := range strings.SplitSeq(v, ",") {
			word, _, _ := strings.Cut(strings.TrimSpace(challenge), " ")
			s := strings.ToLower(word)
			isKnown := s == kindBearer || s == kindBasic || s == kindDigest || flow.ConnectionScheme(s) != ""
			if isKnown && !slices.Contains(schemes, s) {
				schemes = append(schemes, s)
			}
		}
	}
	return schemes
}
