package codegen

import (
	"regexp"
	"strings"

	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/mcptools/placeholder"
)

// Names of variables are words of this package: a name from the capture could be one that a shell
// or an interpreter reads, such as LD_PRELOAD.

// fieldVariables are the variables for fields, by a part of the field's name in lower case without
// separators. The first that fits applies.
var fieldVariables = []struct{ part, variable string }{
	{"clientsecret", "CLIENT_SECRET"},
	{"refreshtoken", "REFRESH_TOKEN"},
	{"accesstoken", "ACCESS_TOKEN"},
	{"apikey", "API_KEY"},
	{"appkey", "API_KEY"},
	{"accesskey", "API_KEY"},
	{"subscriptionkey", "API_KEY"},
	{"passw", "PASSWORD"},
	{"passphrase", "PASSWORD"},
	{"pwd", "PASSWORD"},
	{"session", "SESSION_ID"},
	{"token", "API_TOKEN"},
	{"signature", "SIGNATURE"},
	{"secret", "SECRET"},
	{"key", "API_KEY"},
	{"pin", "PIN"},
}

// variableFor returns the variable for a field, or "".
func variableFor(field string) string {
	field = strings.NewReplacer("_", "", "-", "", ".", "").Replace(strings.ToLower(field))
	for _, x := range fieldVariables {
		if strings.Contains(field, x.part) {
			return x.variable
		}
	}
	return ""
}

// kindVariables are the variables for what only its form reveals.
var kindVariables = map[string]string{
	"jwt": "API_TOKEN", "token": "API_TOKEN", "key": "API_KEY", "email": "EMAIL_ADDRESS", "card": "CARD_NUMBER", idKind: "ID",
}

// nameBefore finds the name of a field before its value: in a query or form (name=), in JSON
// ("name":"), in XML (<name>). A nested field has its last name, as in user[password]=.
var nameBefore = regexp.MustCompile(`([\w.-]+)(?:\]|%5[Dd])?["']?\s*[=:]\s*["']?$|<([\w.-]+)>$`)

// fieldBefore returns the name of the field that has the value after a text, "" if there is none.
func fieldBefore(text string) string {
	m := nameBefore.FindStringSubmatch(text[max(0, len(text)-200):])
	if m == nil {
		return ""
	}
	return m[1] + m[2]
}

// variable returns the variable for what a spot has, or "".
func (s spot) variable() string {
	switch {
	case headers.IsAntiForgery(s.name):
		return "CSRF_TOKEN"
	case s.in == inCookie:
		return "SESSION_COOKIE"
	case s.in == inBasic:
		return s.name
	case strings.EqualFold(s.name, "Authorization"):
		return "API_TOKEN"
	}
	return variableFor(s.name)
}

// BasicCredentials returns user and password of a redacted header line with a Basic authorization.
// The redactor writes them decoded. ok is false for other header lines, and for a value that has no
// placeholder and can be sent as it is.
func BasicCredentials(name, value string) (user, password string, ok bool) {
	const scheme = "basic "
	if !strings.EqualFold(name, "Authorization") || len(value) < len(scheme) || !strings.EqualFold(value[:len(scheme)], scheme) {
		return "", "", false
	}
	value = strings.TrimSpace(value[len(scheme):])
	if !placeholder.IsIn(value) {
		return "", "", false
	}
	parts := placeholder.Split(value)
	// A colon inside of a placeholder does not separate.
	before := ""
	for i, part := range parts {
		if at := strings.IndexByte(part, ':'); i%2 == 0 && at >= 0 {
			return before + part[:at], part[at+1:] + strings.Join(parts[i+1:], ""), true
		}
		before += part
	}
	return value, "", true // most often an API key as the user
}
