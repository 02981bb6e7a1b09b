package enforce

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// fold maps names of members that differ only in case to one, because clients in Go treat them as
// equal.
func fold(name string) string { return strings.ToUpper(strings.ToLower(name)) }

// matches reports whether a string in v, names of members included, matches a pattern, plain or
// base64-encoded, or has data that may hide a match.
func (t treatment) matches(v any) bool {
	switch v := v.(type) {
	case string:
		return t.matchesText(v, maxEncodings)
	case []any:
		for _, e := range v {
			if t.matches(e) {
				return true
			}
		}
	case map[string]any:
		if t.hidesText(v) {
			return true
		}
		for k, e := range v {
			if t.matches(k) || t.matches(e) {
				return true
			}
		}
	}
	return false
}

// maxEncodings bounds the levels of base64 that are decoded.
const maxEncodings = 3

func (t treatment) matchesText(s string, encodings int) bool {
	for _, re := range t.DenyMatching {
		if re.MatchString(s) {
			return true
		}
	}
	if encodings == 0 {
		return false
	}
	if b, ok := decodeWhole(s); ok && t.matchesBytes(b, encodings-1) {
		return true
	}
	for _, run := range encodedRun.FindAllString(s, -1) {
		if b, ok := decodeBase64(run); ok && len(run) < len(s) && t.matchesBytes(b, encodings-1) {
			return true
		}
	}
	return false
}

func (t treatment) matchesBytes(b []byte, encodings int) bool {
	texts, ok := t.formsOf(b)
	return !ok || slices.ContainsFunc(append(texts, string(b)), func(s string) bool { return t.matchesText(s, encodings) })
}

// protocolNames are members whose values are not prose. Changing them would break the protocol.
var protocolNames = map[string]bool{
	"TYPE": true, "ROLE": true, "MIMETYPE": true, "TASKID": true, "STATUS": true, "RESULTTYPE": true, "NEXTCURSOR": true, "CURSOR": true,
	"REQUESTSTATE": true, "ID": true, "METHOD": true, "LEVEL": true, "CREATEDAT": true, "LASTUPDATEDAT": true, "LASTMODIFIED": true,
	"PROGRESSTOKEN": true, "STRUCTUREDCONTENT": true,
}

// proseNames are members with texts that a client shows to a model.
var proseNames = map[string]bool{"TEXT": true, "TITLE": true, "DESCRIPTION": true, "MESSAGE": true, "STATUSMESSAGE": true, "REASON": true}

// texts treats the texts of content blocks everywhere: in content, in contents of resources, in
// messages of prompts.
func (t treatment) texts(v any) {
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			if s, ok := e.(string); ok {
				v[i] = t.unfenced().text(s)
				continue
			}
			t.texts(e)
		}
	case map[string]any:
		if content, changed := t.structured(v); changed {
			replaceTexts(v, content)
		}
		if t.Redact && t.hidesText(v) {
			removeData(v)
		}
		for name, e := range v {
			if s, ok := e.(string); ok {
				v[name] = t.named(name, s)
				continue
			}
			switch fold(name) {
			case "STRUCTUREDCONTENT":
			case "_META":
				t.meta(e)
			case "INPUTREQUESTS": // which the policy allows the server to ask
				t.unfenced().texts(e)
			default:
				t.texts(e)
			}
		}
	}
}

// named treats a string by the name of its member.
func (t treatment) named(name, s string) any {
	folded := fold(name)
	switch {
	case protocolNames[folded]:
		return s
	case folded == "BLOB" || folded == "DATA":
		return t.binary(s)
	case !proseNames[folded]:
		t = t.unfenced()
	}
	out, _ := t.member(name, s)
	return out
}

// meta redacts metadata, which is for programs, except for the members of the protocol.
func (t treatment) meta(v any) {
	object, ok := v.(map[string]any)
	if !ok || !t.Redact {
		return
	}
	for name, e := range object {
		if fold(name) == "PROGRESSTOKEN" || strings.HasPrefix(fold(name), "IO.MODELCONTEXTPROTOCOL/") {
			continue
		}
		object[name], _ = t.unfenced().member(name, e)
	}
}

func (t treatment) text(s string) string {
	s = t.removeFromText(s)
	if t.Redact {
		s = string(t.redactor.Body("", []byte(s)))
	}
	s = t.encoded(s, maxEncodings)
	if t.Fence {
		s = fence(s)
	}
	return s
}

// encodedRun matches possible base64 within a text.
var encodedRun = regexp.MustCompile(`[A-Za-z0-9+/_-]{16,}={0,2}`)

// encoded treats texts in base64 within a text.
func (t treatment) encoded(s string, encodings int) string {
	if encodings == 0 || !t.Redact && len(t.Remove) == 0 {
		return s
	}
	one := func(run string, b []byte) (string, bool) {
		texts, ok := t.formsOf(b)
		if !ok && t.Redact {
			return removed, true
		}
		for _, text := range texts {
			inner := t.removeFromText(text)
			if t.Redact {
				inner = string(t.redactor.Body("", []byte(inner)))
			}
			if inner = t.encoded(inner, encodings-1); inner != text {
				return base64.StdEncoding.EncodeToString([]byte(inner)), true
			}
		}
		return run, false
	}
	if b, ok := decodeWhole(s); ok {
		if out, changed := one(s, b); changed {
			return out
		}
	}
	return encodedRun.ReplaceAllStringFunc(s, func(run string) string {
		b, ok := decodeBase64(run)
		if !ok || utf8.Valid(b) && !isPlain(b) && bytes.IndexByte(b, 0) < 0 {
			return run
		}
		out, _ := one(run, b)
		return out
	})
}

// encodedIn treats texts in base64 in the strings of a value.
func (t treatment) encodedIn(v any) {
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			if s, ok := e.(string); ok {
				v[i] = t.encoded(s, maxEncodings)
			}
			t.encodedIn(e)
		}
	case map[string]any:
		for name, e := range v {
			if s, ok := e.(string); ok {
				v[name] = t.encoded(s, maxEncodings)
			}
			t.encodedIn(e)
		}
	}
}

// decodeWhole decodes a text that consists of base64, perhaps on several lines.
func decodeWhole(s string) ([]byte, bool) {
	b, ok := decodeBase64(s)
	return b, ok && len(b) >= 6
}

// decodeBase64 decodes base64 in either alphabet, with or without padding and white space.
func decodeBase64(s string) ([]byte, bool) {
	s = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\r', '\n':
			return -1
		case '-':
			return '+'
		case '_':
			return '/'
		}
		return r
	}, s)
	b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
	return b, err == nil
}

// isPlain reports whether bytes are text without control characters.
func isPlain(b []byte) bool {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n < 2 || unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r' {
			return false
		}
		i += n
	}
	return true
}
