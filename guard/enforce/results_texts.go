package enforce

import (
	"cmp"
	"encoding/base64"
	"maps"
	"slices"
	"strings"
)

// fold maps names of members that differ only in case to one, because clients in Go treat them as
// equal.
func fold(name string) string { return strings.ToUpper(strings.ToLower(name)) }

// Why a result is withheld, behind its name.
const (
	whyMatches    = "has a text that the policy does not let through"
	whyUnreadable = "has data that cannot be read, in which the policy may not find what it withholds"
)

// refuses returns why a value may not pass: a string in it, names of members included, matches a
// pattern, plain or base64-encoded, or may hide a match. Otherwise it returns "".
func (t treatment) refuses(v any) (why string) {
	switch v := v.(type) {
	case string:
		return t.refusesText(v)
	case []any:
		for _, e := range v {
			if why = t.refuses(e); why != "" {
				return why
			}
		}
	case map[string]any:
		if len(unreadable(v)) > 0 {
			return whyUnreadable
		}
		for _, k := range slices.Sorted(maps.Keys(v)) { // for a stable reason
			if why = cmp.Or(t.refuses(k), t.refuses(v[k])); why != "" {
				return why
			}
		}
	}
	return ""
}

func (t treatment) refusesText(s string) string {
	texts := []string{s}
	for _, b := range decodings(s) {
		if isUnreadable(b) {
			return whyUnreadable
		}
		texts = append(texts, string(b))
	}
	for _, re := range t.DenyMatching {
		if slices.ContainsFunc(texts, re.MatchString) {
			return whyMatches
		}
	}
	return ""
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
		if t.changes() {
			for _, name := range unreadable(v) {
				v[name] = removedData
			}
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
				t.questions(e)
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
	case protocolNames[folded] && !t.asks:
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

// changes reports whether the policy removes something from results.
func (t treatment) changes() bool { return t.Redact || len(t.Remove) > 0 }

func (t treatment) text(s string) string {
	s = t.encoded(t.plain(s))
	if t.Fence {
		s = fence(s)
	}
	return s
}

func (t treatment) plain(s string) string {
	s = t.removeFromText(s)
	if t.Redact {
		s = string(t.redactor.Body("", []byte(s)))
	}
	return s
}

// encoded treats texts in base64 within a text, and removes those that cannot be read.
func (t treatment) encoded(s string) string {
	if !t.changes() {
		return s
	}
	one := func(run string) string {
		b, ok := decodeBase64(run)
		switch {
		case !ok || len(b) < minEncoded:
		case isUnreadable(b):
			return removed
		case isPlain(b):
			if after := t.plain(string(b)); after != string(b) {
				return base64.StdEncoding.EncodeToString([]byte(after))
			}
		}
		return run
	}
	if after := one(s); after != s {
		return after
	}
	return encodedRun.ReplaceAllStringFunc(s, one)
}

// encodedIn treats texts in base64 in the strings of a value.
func (t treatment) encodedIn(v any) any {
	switch v := v.(type) {
	case string:
		return t.encoded(v)
	case []any:
		for i, e := range v {
			v[i] = t.encodedIn(e)
		}
	case map[string]any:
		for name, e := range v {
			v[name] = t.encodedIn(e)
		}
	}
	return v
}
