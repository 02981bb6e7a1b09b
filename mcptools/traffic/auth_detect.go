package traffic

import (
	"net/http"
	"strings"

	"github.com/spectap/spectap/flow/redact/rules"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/view"
)

// How clients authenticate is found in redacted flows.
//
// [authSignals] returns the signals in one flow, [signInOf] where clients get credentials;
// [authFindings] adds them up by host for an index. They name headers, cookies, parameters and
// endpoints, never values.

// The types of authentication.
const (
	oAuth2        = "oauth2"
	jwt           = "jwt"
	bearerToken   = "bearer_token"
	basicAuth     = "basic_auth"
	digest        = "digest_auth"
	apiKey        = "api_key"
	signature     = "signature"
	sessionCookie = "session_cookie"
	csrf          = "csrf"
)

// addFunc adds a signal of a type of authentication.
type addFunc func(typ, signal string)

// authSignals returns the signals in a redacted flow by type.
func authSignals(f *flow.Flow) map[string][]string {
	found := map[string][]string{}
	add := func(typ, signal string) { found[typ] = append(found[typ], signal) }
	detectRequest(f, add)
	detectTokenEndpoint(f, add)
	if f.Response != nil {
		detectResponse(f.Response, add)
	}
	return found
}

func detectRequest(f *flow.Flow, add addFunc) {
	for _, h := range f.Request.Header {
		name := strings.ToLower(h.Name)
		h.Name = http.CanonicalHeaderKey(h.Name)
		switch {
		case name == "authorization" || name == "proxy-authorization":
			detectAuthorization(h, add)
		case strings.Contains(name, "csrf") || strings.Contains(name, "xsrf"):
			add(csrf, "request header "+h.Name)
		case name == "cookie":
			for pair := range strings.SplitSeq(h.Value, ";") {
				cookie, _, _ := strings.Cut(strings.TrimSpace(pair), "=")
				detectCookie(cookie, "sent", add)
			}
		case isSignatureName(name):
			add(signature, "request header "+h.Name)
		case mayBeKeyName(name):
			add(apiKey, "request header "+h.Name)
		}
	}
	for pair := range strings.SplitSeq(f.Request.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name = view.Unescape(name)
		switch {
		case value == "":
		case isSignatureName(strings.ToLower(name)):
			add(signature, "query parameter "+name)
		case strings.EqualFold(name, "access_token"):
			add(bearerToken, "query parameter "+name)
		case mayBeKeyName(strings.ToLower(name)):
			add(apiKey, "query parameter "+name)
		}
	}
	for _, name := range bodyKeys(&f.Request) {
		add(apiKey, "body member "+name)
	}
}

func detectResponse(r *flow.Response, add addFunc) {
	for _, line := range r.Header.Values("Set-Cookie") {
		cookie, _, _ := strings.Cut(line, "=")
		detectCookie(strings.TrimSpace(cookie), "set", add)
	}
	for _, line := range r.Header.Values("WWW-Authenticate") {
		scheme, _, _ := strings.Cut(line, " ")
		switch strings.ToLower(scheme) {
		case "basic":
			add(basicAuth, "challenge WWW-Authenticate: Basic")
		case "bearer":
			add(bearerToken, "challenge WWW-Authenticate: Bearer")
		case "digest":
			add(digest, "challenge WWW-Authenticate: Digest")
		}
	}
}

func detectAuthorization(h flow.Field, add addFunc) {
	scheme, value, _ := strings.Cut(h.Value, " ")
	switch strings.ToLower(scheme) {
	case "bearer":
		add(bearerToken, "request header "+h.Name+": Bearer")
		if strings.HasPrefix(value, placeholder.Prefix+"jwt:") {
			add(jwt, "request header "+h.Name+": Bearer with a JSON web token")
		}
	case "basic":
		add(basicAuth, "request header "+h.Name+": Basic")
	case "digest":
		add(digest, "request header "+h.Name+": Digest")
	case "apikey", "token", "key":
		add(apiKey, "request header "+h.Name+": "+scheme)
	default:
		switch lower := strings.ToLower(scheme); {
		case strings.Contains(lower, "hmac"), strings.Contains(lower, "signature"):
			add(signature, "request header "+h.Name+": "+scheme)
		case h.Value != "" && schemeOf(h.Value) == "": // a key without a scheme
			add(apiKey, "request header "+h.Name)
		}
	}
}

// isSignatureName reports whether a header or parameter with a lower-case name holds a signature of
// the request (RFC 9421 has Signature).
func isSignatureName(name string) bool {
	return name == "sig" || name == "signature" || strings.HasSuffix(name, "-signature") || strings.HasSuffix(name, "_signature")
}

var withoutDashes = strings.NewReplacer("-", "", "_", "")

// mayBeKeyName reports whether a header or parameter with a lower-case name may carry an API key.
// It accepts more names than headers.IsKeyName, which decides on the security schemes of a
// document: this package only lists signals for the reader to judge.
func mayBeKeyName(name string) bool {
	flat := withoutDashes.Replace(name)
	for _, s := range []string{"apikey", "authtoken", "accesskey", "subscriptionkey", "apitoken"} {
		if strings.Contains(flat, s) {
			return true
		}
	}
	return strings.HasPrefix(name, "x-") && rules.ClassOf(name) == rules.Secret
}

// detectCookie judges a cookie by its name. verb is "sent" or "set".
func detectCookie(name, verb string, add addFunc) {
	lower := strings.ToLower(name)
	switch {
	case strings.Contains(lower, "csrf") || strings.Contains(lower, "xsrf"):
		add(csrf, "cookie "+name+" "+verb)
	case isSessionCookie(lower):
		add(sessionCookie, "cookie "+name+" "+verb)
	}
}

// isSessionCookie judges a cookie by its name in lower case.
func isSessionCookie(name string) bool {
	if strings.Contains(name, "csrf") || strings.Contains(name, "xsrf") {
		return false
	}
	return strings.Contains(name, "sess") || name == "sid" || strings.HasSuffix(name, ".sid") ||
		strings.HasSuffix(name, "_sid") || strings.Contains(name, "auth")
}

// detectTokenEndpoint recognizes OAuth 2 (RFC 6749) by parameters and responses, because the
// endpoints may have any path.
func detectTokenEndpoint(f *flow.Flow, add addFunc) {
	endpoint := f.Request.Method + " " + f.Request.Path
	if decode.IsForm(decode.Kind(f.Request.Header.MediaType(), f.Request.Body.Data)) {
		text, _, _, _ := view.BodyText(f.Request.Header, f.Request.Body)
		for pair := range strings.SplitSeq(text, "&") {
			if name, value, _ := strings.Cut(pair, "="); name == "grant_type" {
				add(oAuth2, "token endpoint "+endpoint+", grant_type "+view.Unescape(value))
			}
		}
	}
	q := "&" + f.Request.RawQuery
	if strings.Contains(q, "&response_type=") && strings.Contains(q, "&client_id=") {
		add(oAuth2, "authorization endpoint "+endpoint)
	}
	if f.Response == nil || !decode.IsJSON(decode.Kind(f.Response.Header.MediaType(), f.Response.Body.Data)) {
		return
	}
	text, _, _, _ := view.BodyText(f.Response.Header, f.Response.Body)
	if strings.Contains(text, `"access_token"`) && strings.Contains(text, `"token_type"`) {
		add(oAuth2, "response with access_token from "+endpoint)
		if strings.Contains(text, placeholder.Prefix+"jwt:") {
			add(jwt, "response with a JSON web token from "+endpoint)
		}
	}
}
