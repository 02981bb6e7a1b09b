package redact

import "strings"

const cdata = "<![CDATA["

// maxTag bounds how much of a tag is looked at, in bytes.
const maxTag = 300

// markup finds values that XML and HTML set apart from their names. The word s[i:j] is an element or attribute whose
// value starts at k.
func markup(s string, i, j, k int, quote byte) (span, bool) {
	switch word := s[i:j]; {
	case quote == '<' && (word == "key" || word == "name"):
		return valueElement(s, k)
	case quote != '"' && quote != '\'':
		return span{}, false
	case word == "name" || word == "key" || word == "id" || word == "type" || word == "property":
		return namedValue(s, k, quote)
	case word == "value" || word == "content":
		return valueFirst(s, k, quote)
	}
	return span{}, false
}

// namedValue finds the value in name="password" … value="…", as forms, configurations and pages have it, or between
// the tags in <entry key="password">…</entry>. The name starts at k.
func namedValue(s string, k int, quote byte) (span, bool) {
	n := strings.IndexByte(s[k:min(len(s), k+maxName)], quote)
	if n <= 0 || ClassOf(s[k:k+n]) != Secret {
		return span{}, false
	}
	tag := s[k+n : min(len(s), k+n+maxTag)]
	gt := strings.IndexByte(tag, '>')
	if gt >= 0 {
		tag = tag[:gt]
	}
	for _, attribute := range [...]string{"value=", "content="} {
		if v := strings.Index(tag, attribute+string(quote)); v >= 0 {
			return secretAt(s, k+n+v+len(attribute)+1, quote)
		}
	}
	if gt > 0 && tag[gt-1] != '/' {
		return textOf(s, k+n+gt+1)
	}
	return span{}, false
}

// valueFirst finds the value at k in value="…" name="csrf_token": the name comes later in the tag.
func valueFirst(s string, k int, quote byte) (span, bool) {
	n := strings.IndexByte(s[k:], quote)
	if n <= 0 {
		return span{}, false
	}
	tag := s[k+n : min(len(s), k+n+maxTag)]
	if gt := strings.IndexByte(tag, '>'); gt >= 0 {
		tag = tag[:gt]
	}
	for _, attribute := range [...]string{" name=", " id=", " key=", " property="} {
		if _, name, ok := strings.Cut(tag, attribute+string(quote)); ok {
			if name, _, ok = strings.Cut(name, string(quote)); ok && ClassOf(name) == Secret {
				return secretAt(s, k, quote)
			}
		}
	}
	return span{}, false
}

// valueElement finds the value in <key>api_key</key><string>…</string>, as property lists have it. The name starts
// at k.
func valueElement(s string, k int) (span, bool) {
	n := strings.IndexByte(s[k:min(len(s), k+maxName)], '<')
	if n <= 0 || ClassOf(s[k:k+n]) != Secret {
		return span{}, false
	}
	rest := s[k+n : min(len(s), k+n+maxTag)]
	gt := strings.IndexByte(rest, '>')
	if gt < 0 {
		return span{}, false
	}
	next := strings.TrimLeft(rest[gt+1:], " \t\r\n")
	end := strings.IndexByte(next, '>')
	if end < 2 || next[0] != '<' || next[1] == '/' || next[end-1] == '/' {
		return span{}, false
	}
	return textOf(s, k+n+len(rest)-len(next)+end+1)
}

// textOf is the text of an element, from k to its closing tag, as a secret.
func textOf(s string, k int) (span, bool) {
	quote := byte('<')
	if strings.HasPrefix(s[k:], cdata) {
		k, quote = k+len(cdata), ']'
	}
	if end := valueEnd(s, k, quote, Secret); quote == '<' && !strings.HasPrefix(s[end:], "</") {
		return span{}, false
	}
	return secretAt(s, k, quote)
}

// secretAt is the value of a secret's name that starts at k.
func secretAt(s string, k int, quote byte) (span, bool) {
	sp, ok := secretSpan(s[k:valueEnd(s, k, quote, Secret)])
	sp.start, sp.end = sp.start+k, sp.end+k
	return sp, ok
}

// escapedEquals steps over an equals sign that is percent-encoded once or more, as in a link within a link.
func escapedEquals(s string, k int) int {
	if k >= len(s) || s[k] != '%' {
		return k
	}
	n := k + 1
	for strings.HasPrefix(s[n:], "25") {
		n += 2
	}
	if strings.HasPrefix(s[n:], "3D") || strings.HasPrefix(s[n:], "3d") {
		return n + 2
	}
	return k
}

// until returns where the first of some bytes stands from k on.
func until(s string, k int, stop string) int {
	if n := strings.IndexAny(s[k:], stop); n >= 0 {
		return k + n
	}
	return len(s)
}
