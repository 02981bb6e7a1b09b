package traffic

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/infer/headers"
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
		case headers.IsAntiForgery(name):
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
	for p := range decode.Pairs(f.Request.RawQuery) {
		switch lower := strings.ToLower(p.Name); {
		case p.Raw == "":
		case isSignatureName(lower):
			add(signature, "query parameter "+p.Name)
		case lower == "access_token":
			add(bearerToken, "query parameter "+p.Name)
		case mayBeKeyName(lower):
			add(apiKey, "query parameter "+p.Name)
		}
	}
	for _, name := range bodyKeys(&f.Request) {
		add(apiKey, "body member "+name)
	}
}

func detectResponse(r *flow.Response, add addFunc) {
	for _, line := range r.Header.Values("Set-Cookie") {
		cookie, _, _ := strings.Cut(line, "=")
		detectCookie(strings.TrimSpace(cookie), cookieSet, add)
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

// cookieSet ends the signal of a cookie that a response sets. That alone is no authentication.
const cookieSet = "set"

// detectCookie judges a cookie by its name. verb is "sent" or cookieSet.
func detectCookie(name, verb string, add addFunc) {
	lower := strings.ToLower(name)
	switch {
	case headers.IsAntiForgery(lower):
		add(csrf, "cookie "+name+" "+verb)
	case isSessionCookie(lower):
		add(sessionCookie, "cookie "+name+" "+verb)
	}
}

// isSessionCookie judges a cookie by its name in lower case.
func isSessionCookie(name string) bool {
	if headers.IsAntiForgery(name) {
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
		for p := range decode.Pairs(text) {
			if p.Name == "grant_type" {
				add(oAuth2, "token endpoint "+endpoint+", grant_type "+p.Value)
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

// maxCredentials bounds the names of one request.
const maxCredentials = 8

// credentialsOf returns the names of what a redacted request carries to authenticate itself,
// sorted: "Authorization: Bearer", "header X-Api-Key", "query api_key", "body member secret",
// "cookie session", "signature in query X-Amz-Signature". It never returns values.
func credentialsOf(r *flow.Request) []string {
	var out []string
	add := func(name string) { out = append(out, view.Cut(view.Visible(name), 80)) }
	for _, h := range r.Header {
		headerCredentials(h, add)
	}
	for p := range decode.Pairs(r.RawQuery) {
		switch lower := strings.ToLower(p.Name); {
		case p.Raw == "":
		case isSignatureName(lower):
			add("signature in query " + p.Name)
		case lower == "access_token" || mayBeKeyName(lower) || len(p.Raw) > 8 && isRedactedKey(lower, p.Raw):
			add("query " + p.Name)
		}
	}
	for _, name := range bodyKeys(r) {
		add("body member " + name)
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), maxCredentials)]
}

// maxBodyKeys is the size of the largest body, in bytes, that is searched for credentials: requests
// that carry some among their arguments are small.
const maxBodyKeys = 64 << 10

// bodyKeys returns the members of a form, or of a JSON object, that authenticate the caller: by
// name the secret of a client or a token, and by their value found secret by redaction. Members
// further down belong to the arguments, and so do names that a request to create an account has,
// such as password.
func bodyKeys(r *flow.Request) []string {
	form := decode.IsForm(decode.Kind(r.Header.MediaType(), r.Body.Data))
	if len(r.Body.Data) > maxBodyKeys || !form && !decode.IsJSON(decode.Kind(r.Header.MediaType(), r.Body.Data)) {
		return nil
	}
	text, _, _, _ := view.BodyText(r.Header, r.Body)
	if !strings.Contains(text, "redacted") { // in a form percent-encoded
		return nil
	}
	var out []string
	add := func(name, value string) {
		if placeholder.IsIn(value) && isBodyKeyName(strings.ToLower(name)) {
			out = append(out, name)
		}
	}
	if form {
		for p := range decode.Pairs(text) {
			add(p.Name, p.Value)
		}
		return out
	}
	v, _ := view.ReadJSON(text)
	members, _ := v.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if value, ok := members[name].(string); ok {
			add(name, value)
		}
	}
	return out
}

func isBodyKeyName(name string) bool {
	return mayBeKeyName(name) || slices.Contains([]string{"secret", "client_secret", "access_token"}, name)
}

// isRedactedKey reports whether a parameter with a common name of keys has a value that redaction
// found to be secret.
func isRedactedKey(name, value string) bool {
	return placeholder.IsIn(value) && slices.Contains([]string{"key", "token", "auth", "apikey"}, name)
}

func headerCredentials(h flow.Field, add func(string)) {
	name := strings.ToLower(h.Name)
	shown := http.CanonicalHeaderKey(name)
	switch {
	case h.Value == "":
	case name == "authorization" || name == "proxy-authorization":
		add(shown + schemeOf(h.Value))
	case name == "cookie":
		for pair := range strings.SplitSeq(h.Value, ";") {
			cookie, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			if value != "" && isSessionCookie(strings.ToLower(cookie)) {
				add("cookie " + cookie)
			}
		}
	case headers.IsAntiForgery(name):
	case isSignatureName(name):
		add("signature in header " + shown)
	case mayBeKeyName(name):
		add("header " + shown)
	}
}

// schemeOf returns the scheme of an Authorization value, as ": Bearer".
func schemeOf(value string) string {
	scheme, rest, ok := strings.Cut(value, " ")
	if !ok || placeholder.IsIn(scheme) || len(scheme) > 20 {
		return ""
	}
	for _, known := range []string{"Bearer", "Basic", "Digest", "Negotiate", "NTLM", "DPoP", "Hawk", "OAuth"} {
		if strings.EqualFold(scheme, known) {
			scheme = known
		}
	}
	if strings.HasPrefix(rest, placeholder.Prefix+"jwt:") {
		scheme += " (JWT)"
	}
	return ": " + scheme
}
