package traffic

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/view"
)

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
	for pair := range strings.SplitSeq(r.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name = view.Unescape(name)
		lower := strings.ToLower(name)
		switch {
		case value == "":
		case isSignatureName(lower):
			add("signature in query " + name)
		case lower == "access_token" || mayBeKeyName(lower) || len(value) > 8 && isRedactedKey(lower, value):
			add("query " + name)
		}
	}
	for _, name := range bodyKeys(r) {
		add("body member " + name)
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), maxCredentials)]
}

// maxBodyKeys is the size of the largest body, in bytes, that is read for credentials: requests
// that carry some beside their arguments are small.
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
		for pair := range strings.SplitSeq(text, "&") {
			name, value, _ := strings.Cut(pair, "=")
			add(view.Unescape(name), view.Unescape(value))
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
	case strings.Contains(name, "csrf") || strings.Contains(name, "xsrf"):
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
