package redact

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/judge"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/internal/verb"
)

// named finds values with their names before them: password=x, "api_key": "x", <token>x</token>.
func (f *finder) named() {
	s := f.s
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !mayBeSeparator[c] {
			continue
		}
		n := separatorLen(s, i)
		if n == 0 {
			continue
		}
		name, at, ok := nameBefore(s, i)
		if !ok {
			continue
		}
		isPackage := strings.IndexByte(name, '.') >= 0 && i+1 < len(s) && isNameByte(s[i+1]) // io.jsonwebtoken:jjwt-api
		if c == ':' && (at > 0 && s[at-1] == ':' || isPackage || isWordList(s[i+1:])) {
			continue
		}
		class := classInText(s, at, name)
		if class < rules.Weak {
			continue
		}
		f.why = why{byName, name}
		if end := f.value(class, name, i, n); end > i {
			i = end - 1
		}
	}
}

// isWordList reports whether a text begins with small letters and a colon: token:software:totp
// (Okta).
func isWordList(s string) bool {
	word := strings.TrimLeft(s, "abcdefghijklmnopqrstuvwxyz")
	return len(word) < len(s) && strings.HasPrefix(word, ":")
}

// mayBeSeparator has the first bytes of what separates a name from its value.
var mayBeSeparator = bytesIn(":=%>&;\xef")

var phpString = lazyregexp.New(`^;s:\d+:`)

// separatorLen returns the length of what separates a name from its value at i, 0 if nothing does.
func separatorLen(s string, i int) int {
	switch s[i] {
	case ':', '>':
		if strings.HasPrefix(s[i:], ":: ") { // base64 in LDIF (RFC 2849)
			return 2
		}
		if i+1 < len(s) && s[i+1] == ':' { // a scope: token::new
			return 0
		}
		return 1
	case '=':
		if i > 0 && strings.IndexByte("=!<>", s[i-1]) >= 0 {
			return 0
		}
		if i+1 < len(s) && s[i+1] == '=' { // a comparison, unless it is the padding of a name
			return 0
		}
		if i+1 < len(s) && s[i+1] == '>' {
			return 2
		}
		return 1
	}
	if s[i] == ';' { // of serialized PHP: s:8:"password";s:6:"sesame"
		return len(phpString.FindString(s[i:min(len(s), i+12)]))
	}
	for _, sep := range [...]string{"%3A", "%3D", "%3a", "%3d", "&#61;", "&#58;", "&gt;", "：", "＝"} {
		if strings.HasPrefix(s[i:], sep) {
			return len(sep)
		}
	}
	return 0
}

// quotes are what quotes names and values, in texts within texts too.
var quotes = [...]string{`\\\"`, `\"`, `\'`, `\u0022`, `\x22`, "&quot;", "&#34;", "&#39;", "%22", "%27", `"""`, "'''", `"`, "'", "`", "**"}

func quoteAt(s string, i int) string {
	if i >= len(s) || strings.IndexByte("\\&%\"'`*", s[i]) < 0 {
		return ""
	}
	for _, q := range quotes {
		if strings.HasPrefix(s[i:], q) {
			return q
		}
	}
	return ""
}

// nameBefore returns the name that ends before i, and where it starts. A tag must begin with "<".
func nameBefore(s string, i int) (name string, at int, ok bool) {
	end := i
	for n := 0; n < 3 && end > 0 && s[end-1] == ' ' && s[i] != '>'; n++ {
		end--
	}
	end -= len(s[:end]) - len(strings.TrimSuffix(s[:end], "\u00a0")) // of French
	if end > 0 && s[end-1] == ']' {
		if k := strings.LastIndexByte(s[max(0, end-rules.MaxName):end], '['); k >= 0 && mark.Len(s[max(0, end-rules.MaxName)+k:]) > 0 {
			return "", 0, false
		}
	}
	for end > 0 && (s[end-1] == ')' || s[end-1] == ']') { // user[password], headers["X-Api-Key"]
		end--
	}
	if end > 0 && strings.IndexByte("\"'`;2*7", s[end-1]) >= 0 {
		for _, q := range quotes {
			if strings.HasSuffix(s[:end], q) {
				end -= len(q)
				break
			}
		}
	}
	at = end
	for at > 0 && end-at <= rules.MaxName && isNameByte(s[at-1]) {
		at--
	}
	if at == end || end-at > rules.MaxName {
		return "", 0, false
	}
	if s[i] == '>' && (at == 0 || s[at-1] != '<' && s[at-1] != ':') {
		return "", 0, false
	}
	return s[at:end], at, true
}

func isNameByte(c byte) bool {
	return ascii.IsAlnum(c) || c == '_' || c == '-' || c == '.' || c >= 0x80
}

// classInText returns the class of a name in a text, which may have several words: API key.
func classInText(s string, at int, name string) rules.Class {
	if k := strings.LastIndexByte(name, '.'); k >= 0 {
		name = name[k+1:]
	}
	c := rules.ClassOf(name)
	if c == rules.Secret || len(name) > 12 || at < 2 || s[at-1] != ' ' && s[at-1] != '[' {
		return c
	}
	for words := 0; words < 3 && at > 1 && (s[at-1] == ' ' || s[at-1] == '['); words++ {
		start := at - 1
		for start > 0 && at-start < 24 && (ascii.IsAlnum(s[start-1]) || s[start-1] >= 0x80) {
			start--
		}
		if start == at-1 {
			break
		}
		name = s[start:at-1] + "_" + name
		if joined := rules.ClassOf(name); joined > c {
			c = joined
		}
		at = start
	}
	return c
}

// maxValue bounds a value in a text that is cut off, in bytes.
const maxValue = 64 << 10

// maxWeakValue bounds a value without quotes whose name alone does not make it a secret.
const maxWeakValue = 4096

// value finds the value of a name behind the separator s[i:i+n]. It returns the position after the
// value, or 0 if the value is not hidden.
func (f *finder) value(class rules.Class, name string, i, n int) int {
	s, from := f.s, i+n
	isColon := s[i] == ':' || s[i] == 0xef || strings.EqualFold(s[i:i+n], "%3a")
	for from < len(s) && (s[from] == ' ' || s[from] == '\t') {
		from++
	}
	q := quoteAt(s, from)
	start := from + len(q)
	if start >= len(s) {
		return 0
	}
	end := closingQuote(s, start, q)
	if q == "" && s[i] == '=' && s[start] == '{' && mark.Len(s[start+1:]) == 0 { // of ODBC and JDBC: Pwd={a;b}
		if k := strings.IndexByte(s[start:min(len(s), start+rules.MaxName)], '}'); k > 1 && strings.IndexByte(s[start:start+k], ':') < 0 {
			f.add(start+1, start+k, "")
			return start + k
		}
	}
	if q == "" {
		bound := len(s)
		if class != rules.Secret { // it ends at the next name
			bound = min(bound, start+maxWeakValue)
			if k := strings.IndexByte(s[start:bound], s[i]); k > 0 && strings.Trim(s[start+k:bound], "=") != "" {
				bound = start + k
			}
		}
		end = bareEnd(s[:bound], start, s[i])
		if s[i] == '>' && end < len(s) { // an element
			k := strings.IndexAny(s[start:min(len(s), start+maxValue)], "<\n")
			if k < 0 || !strings.HasPrefix(s[start+k:], "</") {
				return 0
			}
			end = start + k
		}
		if low := strings.ToLower(name); low == "cookie" || low == "set-cookie" { // all of the line
			end = start + cookieEnd(s[start:min(len(s), start+maxValue)])
		}
	}
	v := s[start:end]
	if q == "" && v != "" && (v[0] == '{' || v[0] == '[' && mark.Len(s[start:]) == 0) {
		return 0 // an object: its own names decide
	}
	if q == "" && v != "" {
		if dollar := i - len(name) - 1; dollar >= 0 && s[dollar] == '$' && isColon { // a variable of GraphQL: $password: String = "x"
			if k := end; strings.HasPrefix(s[k:], " = ") && k+3 < len(s) {
				return f.value(class, name, k+1, 1)
			}
			return 0
		}
		if v[0] == '$' && judge.IsName(strings.TrimRight(v[1:], "){}] ")) || v[0] == '$' && strings.IndexByte(v, ')') > 1 && judge.IsName(v[1:strings.IndexByte(v, ')')]) {
			return 0
		}
		if k := strings.LastIndexByte(v, '.'); k > 0 && rules.ClassOf(v[k+1:]) == rules.Secret && judge.IsName(strings.ReplaceAll(v, ".", "_")) {
			return 0 // a member of a variable: form.password
		}
		if judge.SchemeLen(v+" x") > 0 && end < len(s) && s[end] == ' ' { // Bearer x
			v = s[start:bareEnd(s, end+1, s[i])]
		}
		if isColon { // the end of a sentence
			v = strings.TrimRight(v, ".,;:!?")
		}
		isScope := s[i] == ':' && start == i+1 && verb.Is(v) && rules.IsIssued(name) // token:write
		if end < len(s) && s[end] == '(' || isScope || (isColon || class != rules.Secret) && judge.IsTypeWord(v) {
			return 0
		}
	}
	p, ok := judge.Hides(class, v)
	if !ok || p.Start == p.End || judge.IsOrdinary(name, v) {
		return 0
	}
	f.spans = append(f.spans, span{start: start + p.Start, end: start + p.End, isBasic: p.Basic, why: f.why})
	return start + p.End
}

// cookieEnd returns where the cookies of a line end: at its end, or at a quote or mark that belongs
// to no value, as in curl -H 'Cookie: a="b"'.
func cookieEnd(s string) int {
	for at := 0; ; {
		n := strings.IndexAny(s[at:], "\r\n\"'<\\")
		if n < 0 {
			return len(s)
		}
		at += n
		if s[at] != '"' || at == 0 || s[at-1] != '=' {
			return at
		}
		k := strings.IndexAny(s[at+1:], "\r\n\"")
		if k < 0 || s[at+1+k] != '"' {
			return at
		}
		at += k + 2
	}
}

// closingQuote returns where the quote ends that began before start.
func closingQuote(s string, start int, q string) int {
	if q == "" {
		return start
	}
	rest := s[start:min(len(s), start+maxValue)]
	for at := 0; ; {
		n := strings.Index(rest[at:], q)
		if n < 0 {
			if line := strings.IndexByte(rest, '\n'); line >= 0 {
				rest = rest[:line]
			}
			return start + len(rest)
		}
		at += n
		if len(q) > 1 || at == 0 || rest[at-1] != '\\' || strings.HasSuffix(rest[:at], `\\`) {
			return start + at
		}
		at += len(q)
	}
}

// bareEnd returns where a value without quotes ends.
func bareEnd(s string, start int, sep byte) int {
	for i := start; i < min(len(s), start+maxValue); i++ {
		switch c := s[i]; c {
		case ' ', '\t', '\n', '\r', '"', '\'', '`', '<', '&', '\\', '(':
			return i
		case ';', ',', ')', ']', '}', '|', '>':
			if i+1 == len(s) || strings.IndexByte(" \t\r\n\"'`)]},;<\\", s[i+1]) >= 0 || c == ';' && sep != ':' || c == '}' || c == '|' {
				return i
			}
		case '%':
			if h := strings.ToUpper(s[i:min(len(s), i+3)]); sep == '%' && (h == "%26" || h == "%22" || h == "%2C" || h == "%7D" || h == "%20") {
				return i
			}
		case '[':
			if mark.Len(s[i:]) > 0 {
				if i == start {
					return i + mark.Len(s[i:])
				}
				return i
			}
		}
	}
	return min(len(s), start+maxValue)
}
