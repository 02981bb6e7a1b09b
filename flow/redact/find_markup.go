package redact

import "strings"

const cdata = "<![CDATA["

// maxTagLen bounds the inspected length of a tag, in bytes.
const maxTagLen = 300

// findMarkup finds values that XML and HTML separate from their names. The word s[i:j] is an
// element or attribute whose value starts at k.
func findMarkup(s string, i, j, k int, quote byte) (span, bool) {
	switch word := s[i:j]; {
	case quote == '<' && (word == "key" || word == "name"):
		return findValueElement(s, k)
	case quote != '"' && quote != '\'':
		return span{}, false
	case word == "name" || word == "key" || word == "id" || word == "type" || word == "property":
		return findNamedValue(s, k, quote)
	case word == "value" || word == "content":
		return findValueBeforeName(s, k, quote)
	}
	return span{}, false
}

// findNamedValue finds the value in name="password" … value="…", as in forms, configurations and
// pages, or between the tags in <entry key="password">…</entry>. The name starts at k.
func findNamedValue(s string, k int, quote byte) (span, bool) {
	n := strings.IndexByte(s[k:min(len(s), k+maxNameLen)], quote)
	if n <= 0 || SensitivityOf(s[k:k+n]) != Secret {
		return span{}, false
	}
	tag := s[k+n : min(len(s), k+n+maxTagLen)]
	gt := strings.IndexByte(tag, '>')
	if gt >= 0 {
		tag = tag[:gt]
	}
	for _, attribute := range [...]string{"value=", "content="} {
		if v := strings.Index(tag, attribute+string(quote)); v >= 0 {
			return secretSpanAt(s, k+n+v+len(attribute)+1, quote)
		}
	}
	if gt > 0 && tag[gt-1] != '/' {
		return findElementText(s, k+n+gt+1)
	}
	return span{}, false
}

// findValueBeforeName finds the value at k in value="…" name="csrf_token", where the name follows
// in the tag.
func findValueBeforeName(s string, k int, quote byte) (span, bool) {
	n := strings.IndexByte(s[k:], quote)
	if n <= 0 {
		return span{}, false
	}
	tag := s[k+n : min(len(s), k+n+maxTagLen)]
	if gt := strings.IndexByte(tag, '>'); gt >= 0 {
		tag = tag[:gt]
	}
	for _, attribute := range [...]string{" name=", " id=", " key=", " property="} {
		if _, name, ok := strings.Cut(tag, attribute+string(quote)); ok {
			if name, _, ok = strings.Cut(name, string(quote)); ok && SensitivityOf(name) == Secret {
				return secretSpanAt(s, k, quote)
			}
		}
	}
	return span{}, false
}

// findValueElement finds the value in <key>api_key</key><string>…</string>, as in property lists.
// The name starts at k.
func findValueElement(s string, k int) (span, bool) {
	n := strings.IndexByte(s[k:min(len(s), k+maxNameLen)], '<')
	if n <= 0 || SensitivityOf(s[k:k+n]) != Secret {
		return span{}, false
	}
	rest := s[k+n : min(len(s), k+n+maxTagLen)]
	gt := strings.IndexByte(rest, '>')
	if gt < 0 {
		return span{}, false
	}
	next := strings.TrimLeft(rest[gt+1:], " \t\r\n")
	end := strings.IndexByte(next, '>')
	if end < 2 || next[0] != '<' || next[1] == '/' || next[end-1] == '/' {
		return span{}, false
	}
	return findElementText(s, k+n+len(rest)-len(next)+end+1)
}

// findElementText returns the text of an element, from k to its closing tag, as a secret.
func findElementText(s string, k int) (span, bool) {
	quote := byte('<')
	if strings.HasPrefix(s[k:], cdata) {
		k, quote = k+len(cdata), ']'
	}
	if end := valueEnd(s, k, quote, Secret); quote == '<' && !strings.HasPrefix(s[end:], "</") {
		return span{}, false
	}
	return secretSpanAt(s, k, quote)
}

// secretSpanAt returns the span of the secret value that starts at k.
func secretSpanAt(s string, k int, quote byte) (span, bool) {
	sp, ok := secretSpan(s[k:valueEnd(s, k, quote, Secret)])
	sp.start, sp.end = sp.start+k, sp.end+k
	return sp, ok
}

// escapedEquals skips an equals sign that is percent-encoded once or more, as in a link within a
// link.
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

// indexFrom returns the index of the first byte of stop at or after k, or len(s).
func indexFrom(s string, k int, stop string) int {
	if n := strings.IndexAny(s[k:], stop); n >= 0 {
		return k + n
	}
	return len(s)
}
