package redact

import "strings"

// Sensitive says whether a value must not be kept, shown or used as an example: it is a secret or personal by its
// name or by its shape. It needs no key: what it says of a value is what every [Redactor] does to it.
func Sensitive(name, value string) bool { return ClassOf(name).Sensitive(value) }

// Sensitive is the function of that name for a name whose class is known.
func (c Class) Sensitive(value string) bool {
	if whole := c.judges(value); whole || c == Secret {
		return whole
	}
	_, ok := find(value, 0, c)
	return ok
}

// judges says whether a value as a whole must go, without looking for what stands in it.
func (c Class) judges(value string) bool {
	switch c {
	case Secret:
		_, ok := secretSpan(value)
		return ok
	case Personal:
		if !isMark(value) && isPersonalValue(strings.TrimSpace(value)) {
			return true
		}
	case Weak:
		if w := strings.TrimSpace(value); looksMade(w) && !isMark(w) {
			return true
		}
	case OneTime:
		if w := strings.TrimSpace(value); (isOneTimeCode(w) || looksMade(w)) && !isMark(w) {
			return true
		}
	}
	return c != Identifier && wholeRandom(value)
}

// wholeRandom finds random base64 whose slashes would make it look like several words.
func wholeRandom(s string) bool {
	if len(s) < 32 || len(s) > 1024 || s[0] == '/' || strings.IndexByte(s, '/') < 0 || strings.Count(s, "/")*12 > len(s) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isDigit(c) && !isLower(c) && !isUpper(c) && c != '/' && c != '+' && c != '=' {
			return false
		}
	}
	return looksRandom(s)
}

// schemes are the authentication schemes whose names are kept: they say how one logs in (the IANA registry, and
// words that are common without it).
var schemes = [...]string{"basic", "bearer", "digest", "negotiate", "ntlm", "hawk", "oauth", "dpop", "token", "apikey", "api-key",
	"hmac", "aws4-hmac-sha256", "aws4-ecdsa-p256-sha256", "sharedkey", "sharedkeylite", "googlelogin", "key", "jwt", "mutual",
	"scram-sha-256", "scram-sha-1", "vapid", "signature", "ssws", "splunk", "genieKey"}

// schemeLen returns the length of the scheme that s starts with and the blanks after it.
func schemeLen(s string) int {
	n := strings.IndexByte(s, ' ')
	if n < 3 || n > 24 {
		return 0
	}
	for _, x := range &schemes {
		if len(x) == n && strings.EqualFold(x, s[:n]) {
			for n < len(s) && s[n] == ' ' {
				n++
			}
			return n
		}
	}
	return 0
}

// secretSpan returns which part of the value of a secret name must go: all of it but an authentication scheme. None
// when there is nothing to hide.
func secretSpan(value string) (span, bool) {
	start, end := 0, len(value)
	for start < end && isBlank(value[start]) {
		start++
	}
	for end > start && isBlank(value[end-1]) {
		end--
	}
	sp := span{start: start, end: end}
	if n := schemeLen(value[start:end]); n > 0 && start+n < end {
		sp.start = start + n
		sp.basic = strings.EqualFold(strings.TrimSpace(value[start:sp.start]), "basic")
	}
	return sp, !isHarmless(value[sp.start:sp.end])
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// isHarmless says whether a value under a secret name gives nothing away: none, a placeholder, a mask, the public half
// of a key.
func isHarmless(v string) bool {
	switch v {
	case "", "null", "true", "false", "none", "None", "undefined", "True", "False", "nil":
		return true
	}
	if isMarks(v) || isPublicKey(v) {
		return true
	}
	for i := range len(v) {
		if v[i] != '*' {
			return false
		}
	}
	return true
}

// isMarks says whether v is one placeholder, or two with a colon between them (user and password).
func isMarks(v string) bool {
	n := markLen(v)
	if n == 0 {
		return false
	}
	return n == len(v) || v[n] == ':' && isMark(v[n+1:])
}

// Value redacts a value that has a name: of a header, a query or form parameter, a JSON member, a cookie.
func (r *Redactor) Value(name, value string) string {
	return r.value(r.rules.class(name), value)
}

func (r *Redactor) value(c Class, value string) string {
	if r.rules.hasRegexps() {
		value = r.rules.text(r, value)
	}
	switch c {
	case Secret:
		sp, ok := secretSpan(value)
		if !ok {
			return value
		}
		return value[:sp.start] + r.replacement(value, sp) + value[sp.end:]
	case Personal:
		if w := strings.TrimSpace(value); isPersonalValue(w) && !isMark(w) {
			return r.placeholder(w)
		}
	case Weak:
		if w := strings.TrimSpace(value); looksMade(w) && !isMark(w) {
			return r.placeholder(w)
		}
	case OneTime:
		if w := strings.TrimSpace(value); (isOneTimeCode(w) || looksMade(w)) && !isMark(w) {
			return r.placeholder(w)
		}
	}
	if c != Identifier && wholeRandom(value) {
		return r.mark(kindSecret, value)
	}
	if nested, ok := r.nested(value); ok {
		return nested
	}
	return r.spans(value, c)
}

// Text redacts free text: known shapes anywhere, and values whose names stand before them.
func (r *Redactor) Text(s string) string { return r.value(Plain, s) }

// maxRounds bounds how often a text is gone through again because something in it went.
const maxRounds = 16

// settle applies f until nothing changes: where one thing goes, what is around it may read otherwise.
func settle(s string, f func(string) string) string {
	for range maxRounds {
		out := f(s)
		if out == s {
			break
		}
		s = out
	}
	return s
}

// spans replaces the spans of s. Where one goes, the text around may read otherwise (a name now stands before
// another value), so it is read again until nothing changes.
func (r *Redactor) spans(s string, c Class) string {
	for range maxRounds {
		sp, ok := find(s, 0, c)
		if !ok {
			return s
		}
		s = r.replaceSpans(s, c, sp)
	}
	return s
}

// replaceSpans replaces the spans of s, the first of which is sp.
func (r *Redactor) replaceSpans(s string, c Class, sp span) string {
	var b strings.Builder
	b.Grow(len(s) + 32)
	from := 0
	for ok := true; ok; {
		b.WriteString(s[from:sp.start])
		b.WriteString(r.replacement(s, sp))
		from = sp.end
		sp, ok = find(s, from, c)
	}
	b.WriteString(s[from:])
	return b.String()
}

// replacement returns what stands for a span of s.
func (r *Redactor) replacement(s string, sp span) string {
	v := s[sp.start:sp.end]
	if sp.basic {
		// So that a password shows to be the one that was posted to a login form.
		if data, ok := unbase64(v); ok {
			if user, password, ok := strings.Cut(string(data), ":"); ok {
				return r.credentials(user, password)
			}
		}
	}
	if sp.kind != "" {
		return r.mark(sp.kind, v)
	}
	return r.placeholder(v)
}

// credentials stands for a user and a password, either of which may be empty.
func (r *Redactor) credentials(user, password string) string {
	if password == "" { // an API key in the place of the user, most often
		return r.placeholder(user)
	}
	if user == "" {
		return r.placeholder(password)
	}
	return r.placeholder(user) + ":" + r.placeholder(password)
}
