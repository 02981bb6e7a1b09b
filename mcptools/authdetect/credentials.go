package authdetect

import (
	"net/http"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/view"
)

// maxCredentials bounds the names of one request.
const maxCredentials = 8

// Credentials returns the names of what a redacted request carries to authenticate itself, sorted:
// "Authorization: Bearer", "header X-Api-Key", "query api_key", "cookie session", "signature in
// query X-Amz-Signature". It never returns values.
func Credentials(r *flow.Request) []string {
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
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), maxCredentials)]
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
